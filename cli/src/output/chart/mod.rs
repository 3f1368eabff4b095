//! Results as figures: what `ragctl-chart` draws, from values of ours, and files of it.

mod cold_starts;
mod phase;
mod tuned;

use std::{fs, path::Path};

use ragctl_chart::Chart;

pub(crate) use self::phase::{phase, segments};
use crate::failure::Failure;

/// Writes a figure into a file: as PNG where its name ends so, else as SVG.
pub(crate) fn write(chart: &dyn Chart, path: &Path) -> Result<(), Failure> {
    let is_png = path.extension().is_some_and(|it| it.eq_ignore_ascii_case("png"));
    let painted = match is_png {
        true => {
            chart.png().map_err(|source| Failure::Unpaintable { path: path.to_owned(), source })?
        }
        false => chart.svg().into_bytes(),
    };
    fs::write(path, painted).map_err(|source| Failure::Unwritable { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use ragctl_chart::Tuning;

    use super::*;

    #[test]
    fn the_name_of_a_file_says_how_it_is_drawn() {
        let folder = tempfile::tempdir().unwrap();
        for (name, start) in [("a.svg", "<svg "), ("a.PNG", "\u{fffd}PNG"), ("a", "<svg ")] {
            let path = folder.path().join(name);
            write(&Tuning::default(), &path).unwrap();
            let written = fs::read(&path).unwrap();
            assert!(String::from_utf8_lossy(&written).starts_with(start), "{name}");
        }
        let nowhere = folder.path().join("missing/a.svg");
        assert!(matches!(write(&Tuning::default(), &nowhere), Err(Failure::Unwritable { .. })));
    }
}
