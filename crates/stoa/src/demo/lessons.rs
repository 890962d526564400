//! What the demo teaches: a plain list. The films are all made of one clip; titles, lengths and looks differ.

use super::pdf::write_page;

/// A course of the demo.
pub(super) struct CoursePlan {
    pub(super) title: &'static str,
    pub(super) description: &'static str,
    /// What the demo shop sells it as.
    pub(super) sku: &'static str,
    /// Whether nobody has told Stoa yet what the shop's ware stands for; it is in no bundle either.
    pub(super) is_new: bool,
    /// The look of its cover.
    pub(super) cover_variant: u32,
    /// The look of its first lesson; the others count on from here.
    pub(super) lesson_variant: u32,
    pub(super) modules: Vec<ModulePlan>,
    pub(super) files: Vec<FilePlan>,
}

/// A module of a course.
pub(super) struct ModulePlan {
    pub(super) title: &'static str,
    /// Title and length in seconds of each lesson.
    pub(super) lessons: &'static [(&'static str, u32)],
}

/// A download of a course.
pub(super) struct FilePlan {
    pub(super) name: &'static str,
    pub(super) bytes: Vec<u8>,
}

/// What the bundle of all courses is called, and sold as.
pub(super) const BUNDLE_TITLE: &str = "Both courses";
pub(super) const BUNDLE_SKU: &str = "BRUSH-AND-BREAD";

/// What the new course is called, and sold as.
pub(super) const NEW_TITLE: &str = "Lino printing";
pub(super) const NEW_SKU: &str = "LINO";
/// What the thing is called, and sold as, that grants nothing.
pub(super) const THING_TITLE: &str = "Linen apron";
pub(super) const THING_SKU: &str = "APRON";

/// Lists the demo's courses.
pub(super) fn courses() -> Vec<CoursePlan> {
    vec![watercolour(), bread(), lino()]
}

fn watercolour() -> CoursePlan {
    CoursePlan {
        title: "Watercolour for beginners",
        description: "\
From the first wet brush to a small landscape that you will want to frame. Eight short lessons, a handful of colours and \
no talent required: you learn to let the water do the work, and when to leave it alone.

You need six tubes of paint, two brushes and a pad of paper. Paint along, pause as often as you like, and come back: your \
place is kept.

The pictures are from Big Buck Bunny, © Blender Foundation, CC BY 3.0.",
        sku: "WATERCOLOUR",
        is_new: false,
        cover_variant: 4,
        lesson_variant: 2,
        modules: vec![
            ModulePlan {
                title: "Welcome",
                lessons: &[("What you need", 62), ("Brushes, paper, water", 67)],
            },
            ModulePlan {
                title: "Washes",
                lessons: &[
                    ("Your first flat wash", 71),
                    ("From dark to light", 64),
                    ("Wet on wet", 69),
                ],
            },
            ModulePlan {
                title: "A small landscape",
                lessons: &[
                    ("The sky in one go", 73),
                    ("Hills that recede", 66),
                    ("Finishing, and stopping", 75),
                ],
            },
        ],
        files: vec![
            FilePlan {
                name: "1 Palette card.pdf",
                bytes: palette_card(),
            },
            FilePlan {
                name: "2 Shopping list.pdf",
                bytes: shopping_list(),
            },
        ],
    }
}

fn bread() -> CoursePlan {
    CoursePlan {
        title: "Bread at home",
        description: "\
Flour, water, salt and a little time. Six lessons take you from a sticky bowl to a loaf with a crackling crust, baked in \
the oven that you already have.

No machine, no special flour. The folding is in real time, so that you can bake along; a table does the sums \
for any size of loaf.

The pictures are from Big Buck Bunny, © Blender Foundation, CC BY 3.0.",
        sku: "BREAD",
        is_new: false,
        cover_variant: 5,
        lesson_variant: 10,
        modules: vec![
            ModulePlan {
                title: "The dough",
                lessons: &[("Flour, water, salt", 65), ("Mixing without mess", 61)],
            },
            ModulePlan {
                title: "Time and hands",
                lessons: &[("Stretch and fold", 74), ("Reading the dough", 68)],
            },
            ModulePlan {
                title: "The oven",
                lessons: &[("Shaping a round loaf", 70), ("Scoring, steam and crust", 63)],
            },
        ],
        files: vec![
            FilePlan {
                name: "1 The basic loaf.pdf",
                bytes: basic_loaf(),
            },
            FilePlan {
                name: "2 Sums for any loaf.csv",
                bytes: bakers_table(),
            },
        ],
    }
}

fn lino() -> CoursePlan {
    CoursePlan {
        title: NEW_TITLE,
        description: "\
Cut, ink, press: two lessons from a blank block to your first card. Fresh from the studio, so fresh that the shop sold it \
before anybody told Stoa about it.

You need a piece of soft lino, one cutter and a spoon. No press: the back of the spoon does it.

The pictures are from Big Buck Bunny, © Blender Foundation, CC BY 3.0.",
        sku: NEW_SKU,
        is_new: true,
        cover_variant: 2,
        lesson_variant: 6,
        modules: vec![ModulePlan {
            title: "Your first card",
            lessons: &[("Cutting away from yourself", 63), ("Ink, paper, spoon", 61)],
        }],
        files: vec![FilePlan {
            name: "1 Three simple motifs.pdf",
            bytes: simple_motifs(),
        }],
    }
}

fn palette_card() -> Vec<u8> {
    write_page(
        "Palette card",
        &[
            "Six tubes are enough. Lay them out in this order and leave them there:",
            "your hand will learn the way.",
            "# Yellows",
            "- Lemon yellow: cool, for spring greens",
            "- Yellow ochre: earth, sand, old walls",
            "# Reds",
            "- Quinacridone rose: clean pinks and violets",
            "- Burnt sienna: bark, roof tiles, and every grey with ultramarine",
            "# Blues",
            "- Ultramarine: warm, grainy, for skies and shadows",
            "- Phthalo blue: cool and strong; a touch is plenty",
            "# Three mixtures to try first",
            "- Ultramarine + burnt sienna: greys from warm to cool",
            "- Lemon yellow + phthalo blue: fresh green",
            "- Yellow ochre + ultramarine: the green of far hills",
        ],
    )
}

fn shopping_list() -> Vec<u8> {
    write_page(
        "Shopping list",
        &[
            "# Paint",
            "- The six colours of the palette card, 5 ml tubes",
            "# Brushes",
            "- One round brush, size 8, that comes to a point",
            "- One flat brush, 20 mm, for washes",
            "# Paper",
            "- Watercolour paper, 300 g/m², cold pressed, 24 × 32 cm, 10 sheets",
            "# From the kitchen",
            "- Two jars of water: one to rinse, one to stay clean",
            "- A white plate to mix on",
            "- Kitchen paper and a strip of masking tape",
        ],
    )
}

fn basic_loaf() -> Vec<u8> {
    write_page(
        "The basic loaf",
        &[
            "For one round loaf of about 800 g.",
            "# Ingredients",
            "- 500 g bread flour",
            "- 360 g water at 28 °C",
            "- 10 g salt",
            "- 3 g dried yeast, or 100 g lively sourdough",
            "# Method",
            "- Mix flour and water; wait 30 minutes. Add salt and yeast.",
            "- Fold four times, half an hour apart.",
            "- Let it rise until it is half as big again.",
            "- Shape, rest for 20 minutes, shape again, into the basket.",
            "- Overnight in the fridge, or one hour on the table.",
            "# Baking",
            "- Heat a lidded pot to 250 °C for 40 minutes.",
            "- Score, 25 minutes with the lid, 18 without, at 230 °C.",
            "- Listen to it crackle. Cut it when it is cold.",
        ],
    )
}

fn simple_motifs() -> Vec<u8> {
    write_page(
        "Three simple motifs",
        &[
            "Draw them on the block as they are: the print is their mirror image.",
            "# A leaf",
            "- One long curve, one short one, and a stem that ends at the edge",
            "# A fish",
            "- Two arcs and a triangle; leave the eye standing",
            "# A house at night",
            "- Cut out the windows and the moon; everything else stays dark",
        ],
    )
}

fn bakers_table() -> Vec<u8> {
    "\
Loaf,Flour (g),Water 72 % (g),Salt 2 % (g),Dried yeast 0.6 % (g)
Rolls (6),300,216,6,2
Small loaf,400,288,8,2
Basic loaf,500,360,10,3
Large loaf,750,540,15,5
Two loaves,1000,720,20,6
"
    .as_bytes()
    .to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_course_has_three_modules_and_lessons_of_more_than_a_minute() {
        for course in courses().iter().filter(|course| !course.is_new) {
            assert_eq!(course.modules.len(), 3, "{}", course.title);
            let lessons: Vec<_> = course.modules.iter().flat_map(|m| m.lessons).collect();
            assert!(lessons.len() >= 6);
            for (title, seconds) in lessons {
                assert!((61..=75).contains(seconds), "{title}");
                assert!(!title.contains(['/', '\\']), "{title} is a file's name");
            }
        }
    }
}
