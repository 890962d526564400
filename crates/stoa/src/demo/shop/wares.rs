//! What the shop sells. To Stoa a ware is its SKU; whether a course stands behind it is not the shop's business.

use super::Line;
use crate::demo::lessons;

/// One thing for sale.
pub(super) struct Ware {
    pub(super) sku: &'static str,
    pub(super) title: &'static str,
    /// What the card says about it.
    pub(super) blurb: &'static str,
    /// What one gets, in a few words.
    pub(super) facts: &'static str,
    /// Its price in cents.
    pub(super) price: u32,
    /// The name of its picture.
    pub(super) picture: &'static str,
}

/// Everything for sale, in the order of the page.
pub(super) const WARES: [Ware; 5] = [
    Ware {
        sku: "WATERCOLOUR",
        title: "Watercolour for beginners",
        blurb: "From the first wet brush to a small landscape worth a frame.",
        facts: "Video course · 8 lessons · 2 handouts",
        price: 6_900,
        picture: "watercolour.svg",
    },
    Ware {
        sku: "BREAD",
        title: "Bread at home",
        blurb: "Flour, water, salt and a little time: a crackling loaf from your own oven.",
        facts: "Video course · 6 lessons · 2 handouts",
        price: 5_900,
        picture: "bread.svg",
    },
    Ware {
        sku: lessons::BUNDLE_SKU,
        title: lessons::BUNDLE_TITLE,
        blurb: "Paint while the dough is rising. Everything of both, in one bundle.",
        facts: "Bundle · 14 lessons · 4 handouts",
        price: 9_900,
        picture: "both.svg",
    },
    Ware {
        sku: lessons::NEW_SKU,
        title: lessons::NEW_TITLE,
        blurb: "Cut, ink, press. New, and sold before anybody told Stoa what it stands for.",
        facts: "Video course · 2 lessons · 1 handout",
        price: 3_900,
        picture: "lino.svg",
    },
    Ware {
        sku: lessons::THING_SKU,
        title: lessons::THING_TITLE,
        blurb: "Heavy linen with one deep pocket. For paint and for flour.",
        facts: "A thing, not a course · comes by post",
        price: 3_400,
        picture: "apron.svg",
    },
];

/// Makes the lines of an order for these SKUs, one piece each, in the order of the page; `None` when there are none, or one
/// is not sold here.
pub(super) fn lines_of(skus: &[String]) -> Option<Vec<Line>> {
    let is_sold = |sku: &String| WARES.iter().any(|ware| ware.sku == sku);
    if skus.is_empty() || !skus.iter().all(is_sold) {
        return None;
    }
    let chosen = WARES
        .iter()
        .filter(|ware| skus.iter().any(|sku| sku == ware.sku));
    let line = |(id, ware): (u32, &Ware)| Line {
        id,
        sku: ware.sku.to_owned(),
        title: ware.title.to_owned(),
        price: ware.price,
    };
    Some((1..).zip(chosen).map(line).collect())
}

/// Writes cents as a price.
pub(super) fn price(cents: u32) -> String {
    format!("€{}.{:02}", cents / 100, cents % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_courses_of_the_demo_are_for_sale_with_what_their_cards_say() {
        let ware = |sku: &str| WARES.iter().find(|ware| ware.sku == sku).unwrap();
        for course in lessons::courses() {
            let ware = ware(course.sku);
            let lessons: usize = course.modules.iter().map(|m| m.lessons.len()).sum();
            let files = course.files.len();
            assert_eq!(ware.title, course.title);
            let ending = if files == 1 { "" } else { "s" };
            assert_eq!(
                ware.facts,
                format!("Video course · {lessons} lessons · {files} handout{ending}")
            );
        }
        assert_eq!(ware(lessons::BUNDLE_SKU).title, lessons::BUNDLE_TITLE);
    }

    #[test]
    fn an_order_has_a_line_for_each_ware_and_none_that_is_not_sold() {
        let skus = |skus: &[&str]| skus.iter().map(|&sku| sku.to_owned()).collect::<Vec<_>>();
        let lines = lines_of(&skus(&["APRON", "BREAD", "BREAD"])).unwrap();
        let found: Vec<_> = lines.iter().map(|line| (line.id, &*line.sku)).collect();
        assert_eq!(found, [(1, "BREAD"), (2, "APRON")]);
        assert!(lines_of(&[]).is_none());
        assert!(lines_of(&skus(&["BREAD", "YACHT"])).is_none());
    }

    #[test]
    fn a_price_has_two_places() {
        assert_eq!(price(9_905), "€99.05");
    }
}
