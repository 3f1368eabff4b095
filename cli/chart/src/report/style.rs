//! How the page looks.

use crate::palette;

/// What the page may do: show itself, with the style that is in it.
pub(super) const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/// The rules of the page, in the colours of its figures.
pub(super) fn rules() -> String {
    let colours = |of: fn(palette::Colour) -> &'static str| {
        format!(
            "--ground:{};--ink:{};--faint:{};--line:{};--shade:{};--chosen:{}",
            of(palette::PAPER),
            of(palette::INK),
            of(palette::FAINT),
            of(palette::GRID),
            of(palette::SHADE),
            of(palette::CHOSEN)
        )
    };
    let (light, dark) = (colours(|it| it.light), colours(|it| it.dark));
    let figures = palette::dark_rules();
    format!(
        ":root{{{light}}}\n{}@media screen and (prefers-color-scheme:dark){{\n:root{{{dark}}}\n{figures}}}\n",
        include_str!("page.css")
    )
}
