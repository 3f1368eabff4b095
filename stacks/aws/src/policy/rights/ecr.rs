//! ECR: the repository of the stack's own. Whoever pushes logs in first, which cannot be narrowed.
//!
//! Sources: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html>,
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html>

use ragctl_stacks::resource::Image;

use crate::policy::{
    right::{DEPLOY, DESTROY, LEFT_OUT, OWN, RIGHT, Right},
    subject::Subject,
};

pub(super) const RIGHTS: &[Right] = &[
    // Looked for by every plan: there may be one from when the file said so. On all of them, for a policy may not be large.
    Right { actions: &["ecr:DescribeRepositories"], ..RIGHT },
    Right {
        sid: OWN,
        need: wanted,
        on: repository,
        actions: &["ecr:DescribeImages", "ecr:GetLifecyclePolicy", "ecr:ListTagsForResource"],
        ..RIGHT
    },
    Right { purposes: DEPLOY, need: wanted, actions: &["ecr:GetAuthorizationToken"], ..RIGHT },
    Right {
        sid: OWN,
        purposes: DEPLOY,
        need: wanted,
        on: repository,
        actions: &[
            "ecr:BatchCheckLayerAvailability",
            "ecr:BatchGetImage",
            "ecr:CompleteLayerUpload",
            "ecr:CreateRepository",
            "ecr:InitiateLayerUpload",
            "ecr:PutImage",
            "ecr:PutLifecyclePolicy",
            "ecr:TagResource",
            "ecr:UploadLayerPart",
        ],
        ..RIGHT
    },
    Right {
        sid: OWN,
        purposes: DESTROY,
        need: wanted,
        on: repository,
        actions: &["ecr:DeleteRepository"],
        ..RIGHT
    },
    Right {
        sid: LEFT_OUT,
        purposes: DEPLOY,
        need: wanted,
        on: repository,
        actions: &["ecr:DeleteRepository"],
        ..RIGHT
    },
];

fn repository(of: &Subject<'_>) -> Vec<String> {
    vec![of.arn("ecr", &format!("repository/{}", of.names.of(&Image::own())))]
}

fn wanted(of: &Subject<'_>) -> bool {
    of.wants_at(&Image::own())
}
