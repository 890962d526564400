//! The box structure of ISO base media files (ISO/IEC 14496-12 §4.2), read without trusting a single length.

/// Names a box, for example `*b"moov"`.
pub(crate) type Kind = [u8; 4];

/// What the first bytes of a box say about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) kind: Kind,
    /// Bytes of the header itself: 8, or 16 with a 64-bit size.
    pub(crate) own_bytes: u64,
    /// Bytes of the whole box; `None` means "up to the end of what holds it".
    pub(crate) total_bytes: Option<u64>,
}

impl Header {
    /// Longest header there is.
    pub(crate) const MAX_BYTES: u64 = 16;

    /// Reads a header, or `None` when the bytes are too few or the size cannot be true.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let mut fields = Fields(bytes);
        let size = fields.u32()?;
        let kind = fields.kind()?;
        let (own_bytes, total_bytes) = match size {
            0 => (8, None),
            1 => (16, Some(fields.u64()?)),
            short => (8, Some(u64::from(short))),
        };
        let is_possible = total_bytes.is_none_or(|total| total >= own_bytes);
        is_possible.then_some(Self {
            kind,
            own_bytes,
            total_bytes,
        })
    }
}

/// Walks the boxes that stand one after another in a slice. Ends at the first one that does not fit.
pub(crate) struct Boxes<'a>(pub(crate) &'a [u8]);

impl<'a> Iterator for Boxes<'a> {
    type Item = (Kind, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let header = Header::parse(self.0)?;
        let total = match header.total_bytes {
            Some(total) => usize::try_from(total).ok()?,
            None => self.0.len(),
        };
        let (whole, rest) = self.0.split_at_checked(total)?;
        let body = whole.get(usize::try_from(header.own_bytes).ok()?..)?;
        self.0 = rest;
        Some((header.kind, body))
    }
}

/// Returns the body of the first box of this kind.
pub(crate) fn find(bytes: &[u8], wanted: Kind) -> Option<&[u8]> {
    Boxes(bytes)
        .find(|(kind, _)| *kind == wanted)
        .map(|(_, body)| body)
}

/// Descends through nested boxes: `find_path(moov, &[*b"mdia", *b"hdlr"])`.
pub(crate) fn find_path<'a>(bytes: &'a [u8], path: &[Kind]) -> Option<&'a [u8]> {
    path.iter()
        .try_fold(bytes, |inner, kind| find(inner, *kind))
}

/// Takes big-endian fields off the front of a slice, never past its end.
pub(crate) struct Fields<'a>(pub(crate) &'a [u8]);

impl<'a> Fields<'a> {
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*taken)
    }

    pub(crate) fn skip(&mut self, bytes: usize) -> Option<()> {
        self.take(bytes).map(|_| ())
    }

    pub(crate) fn take(&mut self, bytes: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(bytes)?;
        self.0 = rest;
        Some(taken)
    }

    pub(crate) fn kind(&mut self) -> Option<Kind> {
        self.array()
    }

    pub(crate) fn u8(&mut self) -> Option<u8> {
        self.array().map(u8::from_be_bytes)
    }

    pub(crate) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    pub(crate) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    pub(crate) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_be_bytes)
    }

    /// Takes what is 32 bits wide in version 0 of a box and 64 in version 1.
    pub(crate) fn u32_or_u64(&mut self, version: u8) -> Option<u64> {
        if version == 0 {
            self.u32().map(u64::from)
        } else {
            self.u64()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_stand_one_after_another_and_nest() {
        let bytes = b"\0\0\0\x14moov\0\0\0\x0chdlrabcd\0\0\0\x08free";
        let kinds: Vec<_> = Boxes(bytes).map(|(kind, _)| kind).collect();
        assert_eq!(kinds, [*b"moov", *b"free"]);
        assert_eq!(find_path(bytes, &[*b"moov", *b"hdlr"]), Some(&b"abcd"[..]));
    }

    #[test]
    fn a_size_of_zero_reaches_to_the_end_and_a_64_bit_size_is_read() {
        assert_eq!(find(b"\0\0\0\0mdatxyz", *b"mdat"), Some(&b"xyz"[..]));
        let large = b"\0\0\0\x01mdat\0\0\0\0\0\0\0\x12xy";
        assert_eq!(find(large, *b"mdat"), Some(&b"xy"[..]));
    }

    #[test]
    fn a_size_that_cannot_be_true_ends_the_walk() {
        for lie in [
            &b"\0\0\0\x07free"[..],
            b"\0\0\0\x0ffree",
            b"\0\0\0\x01free\0\0\0\0\0\0\0\x08",
            b"\0\0\0\x01free\xff\xff\xff\xff\xff\xff\xff\xff",
            b"\0\0\0",
        ] {
            assert_eq!(Boxes(lie).next(), None, "{lie:?}");
        }
    }
}
