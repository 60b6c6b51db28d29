//! Numbers as files store them.

/// How a file stores a number: little-endian, unless the name ends in `Be`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // the names say it
pub(super) enum SampleFormat {
    I8,
    U8,
    I16,
    U16,
    I24,
    U24,
    I32,
    U32,
    I64,
    U64,
    F32,
    F64,
    I16Be,
    U16Be,
    I32Be,
    F32Be,
    F64Be,
}

impl SampleFormat {
    /// Bytes per number.
    pub(super) fn width(self) -> usize {
        match self {
            Self::I8 | Self::U8 => 1,
            Self::I16 | Self::U16 | Self::I16Be | Self::U16Be => 2,
            Self::I24 | Self::U24 => 3,
            Self::I32 | Self::U32 | Self::F32 | Self::I32Be | Self::F32Be => 4,
            Self::I64 | Self::U64 | Self::F64 | Self::F64Be => 8,
        }
    }

    /// Whether it stores whole numbers.
    pub(super) fn is_integer(self) -> bool {
        !matches!(self, Self::F32 | Self::F64 | Self::F32Be | Self::F64Be)
    }

    /// The number at the start of the bytes; zero if there are too few.
    pub(super) fn read(self, bytes: &[u8]) -> f64 {
        let mut out = 0.0;
        self.each(bytes, 0, 1, |_, value| out = value);
        out
    }

    /// Calls `take` with `count` numbers that are `stride` bytes apart. The first argument counts from zero.
    pub(super) fn each(
        self,
        bytes: &[u8],
        stride: usize,
        count: usize,
        mut take: impl FnMut(usize, f64),
    ) {
        macro_rules! walk {
            ($width:literal, $convert:expr) => {{
                let convert: fn([u8; $width]) -> f64 = $convert;
                for k in 0..count {
                    if let Some(number) =
                        bytes.get(k * stride..).and_then(|rest| rest.first_chunk())
                    {
                        take(k, convert(*number));
                    }
                }
            }};
        }
        match self {
            Self::I8 => walk!(1, |b| f64::from(i8::from_le_bytes(b))),
            Self::U8 => walk!(1, |b| f64::from(b[0])),
            Self::I16 => walk!(2, |b| f64::from(i16::from_le_bytes(b))),
            Self::U16 => walk!(2, |b| f64::from(u16::from_le_bytes(b))),
            Self::I24 => walk!(3, |b| f64::from(
                i32::from_le_bytes([0, b[0], b[1], b[2]]) >> 8
            )),
            Self::U24 => walk!(3, |b| f64::from(u32::from_le_bytes([b[0], b[1], b[2], 0]))),
            Self::I32 => walk!(4, |b| f64::from(i32::from_le_bytes(b))),
            Self::U32 => walk!(4, |b| f64::from(u32::from_le_bytes(b))),
            Self::I64 => walk!(8, |b| i64::from_le_bytes(b) as f64),
            Self::U64 => walk!(8, |b| u64::from_le_bytes(b) as f64),
            Self::F32 => walk!(4, |b| f64::from(f32::from_le_bytes(b))),
            Self::F64 => walk!(8, f64::from_le_bytes),
            Self::I16Be => walk!(2, |b| f64::from(i16::from_be_bytes(b))),
            Self::U16Be => walk!(2, |b| f64::from(u16::from_be_bytes(b))),
            Self::I32Be => walk!(4, |b| f64::from(i32::from_be_bytes(b))),
            Self::F32Be => walk!(4, |b| f64::from(f32::from_be_bytes(b))),
            Self::F64Be => walk!(8, f64::from_be_bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_every_format() {
        use SampleFormat as F;
        for (format, bytes, expected) in [
            (F::I8, vec![0xFF], -1.0),
            (F::U8, vec![0xFF], 255.0),
            (F::I16, vec![0x00, 0x80], -32_768.0),
            (F::U16, vec![0x00, 0x80], 32_768.0),
            (F::I24, vec![0x00, 0x00, 0x80], -8_388_608.0),
            (F::I24, vec![0x01, 0x00, 0x00], 1.0),
            (F::U24, vec![0x00, 0x00, 0x80], 8_388_608.0),
            (F::I32, (-7i32).to_le_bytes().to_vec(), -7.0),
            (F::U32, u32::MAX.to_le_bytes().to_vec(), 4_294_967_295.0),
            (F::I64, (-7i64).to_le_bytes().to_vec(), -7.0),
            (F::U64, 7u64.to_le_bytes().to_vec(), 7.0),
            (F::F32, 0.5f32.to_le_bytes().to_vec(), 0.5),
            (F::F64, 0.1f64.to_le_bytes().to_vec(), 0.1),
            (F::I16Be, vec![0x80, 0x00], -32_768.0),
            (F::U16Be, vec![0x80, 0x01], 32_769.0),
            (F::I32Be, (-7i32).to_be_bytes().to_vec(), -7.0),
            (F::F32Be, 0.5f32.to_be_bytes().to_vec(), 0.5),
            (F::F64Be, 0.1f64.to_be_bytes().to_vec(), 0.1),
        ] {
            assert_eq!(format.width(), bytes.len());
            assert_eq!(format.read(&bytes), expected, "{format:?}");
        }
    }

    #[test]
    fn incomplete_numbers_are_skipped() {
        let mut numbers = Vec::new();
        SampleFormat::I16.each(&[1, 0, 2, 0, 3], 2, 3, |k, value| numbers.push((k, value)));
        assert_eq!(numbers, [(0, 1.0), (1, 2.0)]);
    }
}
