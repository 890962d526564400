//! How one lesson differs from the next: words, colours and the piece of film that is shown. Pure.

/// What makes one lesson or cover its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// Burned into a lesson, wrapped over up to five lines; not into a cover.
    pub title: String,
    /// Burned in above the title, for example `Lesson 2.1`.
    pub number: String,
    /// Length of the lesson in seconds, greater than zero.
    pub seconds: u32,
    /// Turns the colours of the film; up to 25 either way stays natural.
    pub hue_degrees: i16,
    /// Chooses frame, mirroring, side and palette; any number will do, neighbours differ most.
    pub variant: u32,
}

/// The part of the film that is shown.
pub(crate) struct Framing {
    /// Enlargement in per cent of what just fills the picture.
    pub(crate) zoom_percent: u32,
    /// Where the picture lies in the film, in per cent from the left and from the top.
    pub(crate) left_percent: u32,
    pub(crate) top_percent: u32,
    pub(crate) is_mirrored: bool,
}

/// Two colours in ffmpeg's notation, and the note that goes with them.
pub(crate) struct Palette {
    pub(crate) ink: &'static str,
    pub(crate) accent: &'static str,
    pub(crate) tone_hertz: u32,
}

const FRAMINGS: [Framing; 6] = [
    framing(100, 14, 50, false),
    framing(128, 22, 40, true),
    framing(112, 40, 70, false),
    framing(160, 24, 12, true),
    framing(100, 30, 50, true),
    framing(135, 20, 18, false),
];

const PALETTES: [Palette; 7] = [
    palette("0x14202b", "0xf2b04a", 220),
    palette("0x1f1a2e", "0xf28fa5", 247),
    palette("0x12251f", "0x9bd67c", 196),
    palette("0x2a1a18", "0xf49a6b", 262),
    palette("0x10222e", "0x74c7ec", 294),
    palette("0x26231a", "0xe9cf6b", 175),
    palette("0x1c1f2f", "0xb6a6f2", 330),
];

const fn framing(zoom: u32, left: u32, top: u32, is_mirrored: bool) -> Framing {
    Framing {
        zoom_percent: zoom,
        left_percent: left,
        top_percent: top,
        is_mirrored,
    }
}

const fn palette(ink: &'static str, accent: &'static str, tone_hertz: u32) -> Palette {
    Palette {
        ink,
        accent,
        tone_hertz,
    }
}

impl Look {
    pub(crate) fn framing(&self) -> &'static Framing {
        pick(&FRAMINGS, self.variant)
    }

    pub(crate) fn palette(&self) -> &'static Palette {
        pick(&PALETTES, self.variant)
    }
}

/// Picks round and round from a list that is never empty.
fn pick<T, const N: usize>(list: &'static [T; N], variant: u32) -> &'static T {
    const { assert!(N > 0) };
    let index = usize::try_from(variant).unwrap_or_default() % N;
    list.get(index).unwrap_or(&list[0])
}

/// Wraps a title at spaces to lines of this many characters; what does not fit into the lines ends in an ellipsis.
pub(crate) fn wrap(title: &str, columns: usize, line_limit: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    for word in title.split(|c: char| c.is_whitespace() || c.is_control()) {
        for piece in pieces(word, columns) {
            match lines.last_mut() {
                Some(line) if line.chars().count() + 1 + piece.chars().count() <= columns => {
                    line.push(' ');
                    line.push_str(&piece);
                }
                _ => lines.push(piece),
            }
        }
    }
    if lines.len() > line_limit {
        lines.truncate(line_limit);
        if let Some(last) = lines.last_mut() {
            *last = last.chars().take(columns.saturating_sub(1)).collect();
            last.push('…');
        }
    }
    lines.join("\n")
}

/// Cuts a word that is longer than a line.
fn pieces(word: &str, columns: usize) -> Vec<String> {
    let characters: Vec<char> = word.chars().collect();
    characters
        .chunks(columns.max(1))
        .map(|chunk| chunk.iter().collect())
        .collect()
}

/// Writes seconds as the clock in the picture does: `mm:ss`.
pub(crate) fn minutes_and_seconds(seconds: u32) -> String {
    format!("{:02}:{:02}", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_wrapped_at_spaces() {
        assert_eq!(
            wrap("Mixing your first wash", 14, 5),
            "Mixing your\nfirst wash"
        );
        assert_eq!(wrap("  two\n words\t", 14, 5), "two words");
        assert_eq!(wrap("", 14, 5), "");
    }

    #[test]
    fn a_long_word_is_cut_and_a_long_title_ends_in_an_ellipsis() {
        assert_eq!(wrap("Farbmischungslehre", 10, 5), "Farbmischu\nngslehre");
        assert_eq!(wrap("one two three four", 5, 2), "one\ntwo…");
    }

    #[test]
    fn neighbouring_variants_look_different_and_every_number_has_a_look() {
        let look = |variant| Look {
            title: String::new(),
            number: String::new(),
            seconds: 1,
            hue_degrees: 0,
            variant,
        };
        for variant in (0..50).chain([u32::MAX - 1]) {
            assert_ne!(look(variant).palette().ink, look(variant + 1).palette().ink);
            assert!(look(variant).framing().zoom_percent >= 100);
        }
    }

    #[test]
    fn the_clock_shows_minutes_and_seconds() {
        assert_eq!(minutes_and_seconds(80), "01:20");
    }
}
