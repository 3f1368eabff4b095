//! The image that ragctl builds, where the file names none.

use crate::{
    address::{Address, Name},
    resource::{Image, ImagePlace, Program},
    stack::{self, ImageBuild, Stack},
};

/// The image, as what runs it is called. None where the file or the command line names another.
pub(super) fn resource(stack: &Stack, program: &Program) -> Option<Image> {
    let stack::Program::Build(build) = &stack.service.program else { return None };
    let (place, digest) = match (program, &build.repository) {
        (Program::Built(digest), None) => (ImagePlace::Kept(build.keep.get()), digest.clone()),
        (Program::Image(image), Some(_)) => {
            (ImagePlace::Repository(repository(build)?), digest_elsewhere(build, image)?.to_owned())
        }
        _ => return None,
    };
    let name = match place {
        ImagePlace::Kept(_) => Name::app(),
        ImagePlace::Repository(_) => Image::elsewhere().name,
    };
    Some(Image { name, digest, place, size: None })
}

/// The address of the same.
pub(super) fn address(stack: &Stack, program: &Program) -> Option<Address> {
    let stack::Program::Build(build) = &stack.service.program else { return None };
    match program {
        Program::Built(_) => Some(Image::own()),
        Program::Image(image) => digest_elsewhere(build, image).map(|_| Image::elsewhere()),
        Program::Binary { .. } | Program::Zip(_) => None,
    }
}

fn repository(build: &ImageBuild) -> Option<String> {
    build.repository.as_ref().map(ToString::to_string)
}

/// The digest of an image that was built, and goes to the repository that the file names.
fn digest_elsewhere<'a>(build: &ImageBuild, image: &'a str) -> Option<&'a str> {
    let repository = build.repository.as_ref()?;
    image.strip_prefix(repository.as_str())?.strip_prefix('@')
}
