//! What is left alone: fields that others own, and documents that nobody wants deleted.
//!
//! The count of tasks is not said by any resource: autoscaling owns it. The image is owned by whoever deployed last: a
//! pipeline that deployed with `--image` owns it until the file names another image than it did then.
//! Documents are deleted with the stack, and never because the file keeps new ones elsewhere. An image that was built stays
//! while the command line puts another in its place.

use super::Desired;
use crate::{
    address::{Address, Kind},
    live::Live,
    resource::{Digest, Image, Program, Resource, TaskDefinition},
    stack::ImageChoice,
};

impl Desired {
    /// The same, with what others own and documents taken over from what is live.
    #[must_use]
    pub fn leaving_to_others(mut self, live: &Live) -> Self {
        self.keep_documents(live);
        self.keep_image(live);
        let at = Address::app(Kind::TaskDefinition);
        let (Some(Resource::TaskDefinition(wanted)), Some(Resource::TaskDefinition(is))) =
            (self.resources.get_mut(&at), live.at(&at))
        else {
            return self;
        };
        let Some(image) = image_of_the_command_line(wanted, is) else { return self };
        if let Some(fargate) = &mut wanted.fargate {
            let Program::Image(in_file) = &wanted.program else { return self };
            fargate.image_in_file = Some(in_file.clone());
            wanted.program = Program::Image(image);
        }
        let revision = Digest::of(wanted);
        if let Some(Resource::Service(service)) =
            self.resources.get_mut(&Address::app(Kind::Service))
        {
            service.revision = revision;
        }
        self
    }

    /// Keeps the image that was built while another stands in for it.
    fn keep_image(&mut self, live: &Live) {
        let at = Address::app(Kind::TaskDefinition);
        let Some(Resource::TaskDefinition(wanted)) = self.resources.get(&at) else { return };
        if stands_in_for_built(wanted) {
            let built = [Image::own(), Image::elsewhere()];
            self.resources.extend(
                built.into_iter().filter_map(|at| Some((at.clone(), live.at(&at)?.clone()))),
            );
        }
    }

    /// Keeps a store that the tasks have left, as long as there are tasks.
    fn keep_documents(&mut self, live: &Live) {
        let at = Address::app(Kind::Store);
        let is_destroyed = self.at(&Address::app(Kind::TaskDefinition)).is_none();
        if is_destroyed || self.resources.contains_key(&at) {
            return;
        }
        self.resources.extend(live.at(&at).map(|store| (at.clone(), store.clone())));
    }
}

/// Whether the command line has put another image in place of the one that the file lets be built.
fn stands_in_for_built(definition: &TaskDefinition) -> bool {
    let in_file = definition.fargate.as_ref().and_then(|it| it.image_in_file.as_ref());
    in_file.is_some_and(|it| *it == ImageChoice::Build.to_string())
}

/// The live image, if the command line has put it in place of the one that the file still names.
fn image_of_the_command_line(wanted: &TaskDefinition, is: &TaskDefinition) -> Option<String> {
    if wanted.fargate.as_ref()?.image_in_file.is_some() {
        return None;
    }
    let Program::Image(in_file) = &wanted.program else { return None };
    let Program::Image(image) = &is.program else { return None };
    let replaced = is.fargate.as_ref()?.image_in_file.as_ref()?;
    (replaced == in_file).then(|| image.clone())
}
