//! Writing down what was measured on a stack, for predictions to take.

use std::{fs, io::Write, path::PathBuf};

use ragctl_stacks::budget::Measured;

use crate::{
    facts::{MEASURED, measured_here},
    failure::Failure,
    session::Project,
};

/// Keeps `measured` in the stack's folder: its phases take the place of those that were there, the others stay. The file is
/// whole at any time. Returns its path.
pub(crate) fn save(project: &Project, measured: Measured) -> Result<PathBuf, Failure> {
    let folder = project.state_folder();
    let path = folder.join(MEASURED);
    let merged = over(measured_here(project)?, measured);
    let text = serde_json::to_string_pretty(&merged).expect("a record has a JSON form") + "\n";
    let written = fs::create_dir_all(&folder).and_then(|()| {
        let mut beside = tempfile::NamedTempFile::new_in(&folder)?;
        beside.write_all(text.as_bytes())?;
        beside.as_file().sync_all()?;
        beside.persist(&path).map_err(|it| it.error)
    });
    match written {
        Ok(_) => Ok(path),
        Err(source) => Err(Failure::Unwritable { path, source }),
    }
}

/// What was measured now, over what was measured before.
fn over(before: Option<Measured>, now: Measured) -> Measured {
    let mut phases = before.map(|it| it.phases).unwrap_or_default();
    phases.extend(now.phases);
    Measured { phases, ..now }
}

#[cfg(test)]
mod tests {
    use ragctl_stacks::budget::{Measurement, Phase};

    use super::*;

    fn measured(time: &str, phases: &[(Phase, f64)]) -> Measured {
        let phases = phases.iter().map(|(at, it)| (*at, Measurement::Samples(vec![*it])));
        let (place, time) = ("here".to_owned(), time.to_owned());
        Measured { format: Measured::FORMAT, place, time, phases: phases.collect() }
    }

    #[test]
    fn what_was_measured_anew_takes_the_place_of_the_old_and_the_rest_stays() {
        let before = measured("2026-11-26", &[(Phase::Pull, 20.0), (Phase::Warm, 4.0)]);
        let now = measured("2026-11-27", &[(Phase::Warm, 3.0), (Phase::Bind, 0.1)]);
        let all = [(Phase::Pull, 20.0), (Phase::Warm, 3.0), (Phase::Bind, 0.1)];
        assert_eq!(over(Some(before), now.clone()), measured("2026-11-27", &all));
        assert_eq!(over(None, now.clone()), now);
    }
}
