//! Putting things in order. Places begin at 1 and have no gaps.

use crate::contents::ContentsError;

/// Puts `item` at a place among the others, or at the end; it may be among them already.
pub(super) fn put<Id: Copy + Eq>(
    others: &[Id],
    item: Id,
    place: Option<u32>,
) -> Result<Vec<Id>, ContentsError> {
    let mut order: Vec<Id> = others.iter().copied().filter(|id| *id != item).collect();
    let index = match place {
        None => order.len(),
        Some(place) => {
            let place = usize::try_from(place).ok();
            let index = place.and_then(|place| place.checked_sub(1));
            index
                .filter(|index| *index <= order.len())
                .ok_or(ContentsError::NoSuchPlace)?
        }
    };
    order.insert(index, item);
    Ok(order)
}

/// Checks that an order names exactly what is there, each once.
pub(super) fn check<Id: Copy + Ord>(there: &[Id], order: &[Id]) -> Result<(), ContentsError> {
    let sorted = |ids: &[Id]| {
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        ids
    };
    if sorted(there) == sorted(order) {
        Ok(())
    } else {
        Err(ContentsError::NotWhatIsThere)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thing_goes_to_its_place_or_to_the_end() {
        assert_eq!(put(&[1, 2, 3], 9, None).unwrap(), [1, 2, 3, 9]);
        assert_eq!(put(&[1, 2, 3], 9, Some(1)).unwrap(), [9, 1, 2, 3]);
        assert_eq!(put(&[1, 2, 3], 9, Some(4)).unwrap(), [1, 2, 3, 9]);
        assert_eq!(put(&[1, 2, 3], 1, Some(3)).unwrap(), [2, 3, 1]);
        assert_eq!(put(&[], 9, Some(1)).unwrap(), [9]);
        for place in [0, 5, u32::MAX] {
            assert!(put(&[1, 2, 3], 9, Some(place)).is_err(), "{place}");
        }
        assert!(put(&[1, 2, 3], 1, Some(4)).is_err(), "it is one of three");
    }

    #[test]
    fn an_order_names_exactly_what_is_there() {
        assert!(check(&[1, 2, 3], &[3, 1, 2]).is_ok());
        for bad in [&[1, 2][..], &[1, 2, 3, 3], &[1, 2, 2], &[1, 2, 4], &[]] {
            assert!(check(&[1, 2, 3], bad).is_err(), "{bad:?}");
        }
    }
}
