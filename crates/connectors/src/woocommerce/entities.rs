//! The five characters that WordPress keeps as HTML entities, also where no HTML is meant.

/// Each entity that WordPress turns back into a character, without its leading zeros.
const SPECIAL: [(&str, char); 14] = [
    ("lt", '<'),
    ("gt", '>'),
    ("amp", '&'),
    ("quot", '"'),
    ("#60", '<'),
    ("#62", '>'),
    ("#38", '&'),
    ("#34", '"'),
    ("#39", '\''),
    ("#x3c", '<'),
    ("#x3e", '>'),
    ("#x26", '&'),
    ("#x22", '"'),
    ("#x27", '\''),
];

/// Turns entities of `< > & " '` back into the characters, once: `&amp;lt;` becomes `&lt;`. Everything else stays.
pub(super) fn decode_special(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, from_ampersand)) = rest.split_once('&') {
        decoded.push_str(before);
        if let Some((character, after)) = leading_entity(from_ampersand) {
            decoded.push(character);
            rest = after;
        } else {
            decoded.push('&');
            rest = from_ampersand;
        }
    }
    decoded.push_str(rest);
    decoded
}

/// Reads an entity whose `&` is already gone.
fn leading_entity(text: &str) -> Option<(char, &str)> {
    let (name, after) = text.split_once(';')?;
    let plain = if let Some(digits) = name.strip_prefix("#x").or(name.strip_prefix("#X")) {
        format!("#x{}", digits.trim_start_matches('0').to_ascii_lowercase())
    } else if let Some(digits) = name.strip_prefix('#') {
        format!("#{}", digits.trim_start_matches('0'))
    } else {
        name.to_owned()
    };
    let known = SPECIAL.iter().find(|(entity, _)| *entity == plain);
    known.map(|(_, character)| (*character, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities_become_characters_once() {
        for (text, decoded) in [
            ("", ""),
            ("plain", "plain"),
            ("a&b", "a&b"),
            ("a&", "a&"),
            ("&;", "&;"),
            ("&lt;&gt;&amp;&quot;", "<>&\""),
            ("&#039;&#39;&#x27;&#X0027;", "''''"),
            ("&#60;&#062;&#x3C;&#x3e;", "<><>"),
            ("&amp;lt;", "&lt;"),
            ("&&amp;&", "&&&"),
            ("&eacute;&nbsp;&#64;", "&eacute;&nbsp;&#64;"),
            ("&LT;", "&LT;"),
            ("&#0;&#x;", "&#0;&#x;"),
            ("Stra\u{df}e &amp; Co", "Stra\u{df}e & Co"),
        ] {
            assert_eq!(decode_special(text), decoded, "{text}");
        }
    }
}
