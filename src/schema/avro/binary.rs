//! The primitives of Avro's binary form: variable-length integers, and lengths before bytes.
//!
//! Start with [`Input`] and [`write_long`].

/// Appends an integer: zigzag, seven bits a byte, the lowest first.
pub(super) fn write_long(out: &mut Vec<u8>, value: i64) {
    let mut rest = (value.cast_unsigned() << 1) ^ (value >> 63).cast_unsigned();
    loop {
        let [low, ..] = rest.to_le_bytes();
        rest >>= 7;
        if rest == 0 {
            out.push(low & 0x7f);
            return;
        }
        out.push(low | 0x80);
    }
}

/// Appends bytes with their number before them.
pub(super) fn write_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    write_long(out, i64::try_from(bytes.len()).unwrap_or(i64::MAX));
    out.extend_from_slice(bytes);
}

/// How many bytes the number takes that bytes begin with.
pub(super) fn length_before(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|b| **b & 0x80 != 0).count() + 1
}

/// Why bytes are no datum.
pub(super) type Broken = &'static str;

/// Bytes that are read from the front.
pub(super) struct Input<'a>(pub(super) &'a [u8]);

impl<'a> Input<'a> {
    /// The next bytes.
    pub(super) fn take(&mut self, length: usize) -> Result<&'a [u8], Broken> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or("unexpected end of the data")?;
        self.0 = rest;
        Ok(taken)
    }

    /// The next bytes, as many as the array has.
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Broken> {
        let (taken, rest) = self.0.split_first_chunk().ok_or("unexpected end of the data")?;
        self.0 = rest;
        Ok(*taken)
    }

    /// An integer of 64 bits.
    pub(super) fn long(&mut self) -> Result<i64, Broken> {
        let mut value = 0_u64;
        for (at, byte) in self.0.iter().enumerate().take(10) {
            let bits = u64::from(byte & 0x7f);
            // The tenth byte has one bit left.
            if at == 9 && bits > 1 {
                return Err("an integer of more than 64 bits");
            }
            value |= bits << (7 * at);
            if byte & 0x80 == 0 {
                self.0 = self.0.get(at + 1..).unwrap_or_default();
                return Ok((value >> 1).cast_signed() ^ -(value & 1).cast_signed());
            }
        }
        Err(if self.0.len() < 10 { "unexpected end of the data" } else { "an integer of more than 64 bits" })
    }

    /// An integer of 32 bits.
    pub(super) fn int(&mut self) -> Result<i32, Broken> {
        i32::try_from(self.long()?).map_err(|_| "an int of more than 32 bits")
    }

    /// The place of a branch or of a symbol.
    pub(super) fn place(&mut self) -> Result<usize, Broken> {
        usize::try_from(self.int()?).map_err(|_| "a place below zero")
    }

    /// Bytes with their number before them.
    pub(super) fn bytes(&mut self) -> Result<&'a [u8], Broken> {
        let length = self.long()?;
        self.take(usize::try_from(length).map_err(|_| "a length below zero")?)
    }

    /// How many items the next block of an array or a map has; none ends it.
    pub(super) fn block(&mut self) -> Result<u64, Broken> {
        let length = self.long()?;
        if length < 0 {
            // The size in bytes, for those who skip blocks.
            self.long()?;
        }
        Ok(length.unsigned_abs())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn integers_take_as_many_bytes_as_they_need() {
        for (value, bytes) in [
            (0, &[0][..]),
            (-1, &[1]),
            (1, &[2]),
            (63, &[126]),
            (64, &[128, 1]),
            (-64, &[127]),
            (i64::MAX, &[254, 255, 255, 255, 255, 255, 255, 255, 255, 1]),
            (i64::MIN, &[255, 255, 255, 255, 255, 255, 255, 255, 255, 1]),
        ] {
            let mut out = Vec::new();
            write_long(&mut out, value);
            assert_eq!(out, bytes, "{value}");
            assert_eq!(Input(bytes).long(), Ok(value));
        }
    }

    #[test]
    fn broken_bytes_are_refused() {
        for (bytes, want) in [
            (&[][..], "unexpected end of the data"),
            (&[128], "unexpected end of the data"),
            (&[255, 255, 255, 255, 255, 255, 255, 255, 255, 2], "an integer of more than 64 bits"),
            (&[128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 0], "an integer of more than 64 bits"),
        ] {
            assert_eq!(Input(bytes).long(), Err(want));
        }
        assert_eq!(Input(&[1]).bytes(), Err("a length below zero"));
        assert_eq!(Input(&[8, 1]).bytes(), Err("unexpected end of the data"));
        assert_eq!(Input(&[128, 128, 128, 128, 16]).int(), Err("an int of more than 32 bits"));
    }

    proptest! {
        #[test]
        fn integers_read_back(value: i64) {
            let mut out = Vec::new();
            write_long(&mut out, value);
            let mut input = Input(&out);
            prop_assert_eq!(input.long(), Ok(value));
            prop_assert!(input.0.is_empty());
        }
    }
}
