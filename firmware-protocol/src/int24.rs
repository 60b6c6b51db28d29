/// Reads a 24-bit two's complement number, most significant byte first.
#[must_use]
pub fn from_be24([a, b, c]: [u8; 3]) -> i32 {
    i32::from_be_bytes([a, b, c, 0]) >> 8
}

/// Reads a 24-bit two's complement number, least significant byte first.
#[must_use]
pub fn from_le24([a, b, c]: [u8; 3]) -> i32 {
    from_be24([c, b, a])
}

/// Writes the lower 24 bits, most significant byte first.
#[must_use]
pub fn to_be24(value: i32) -> [u8; 3] {
    let [_, a, b, c] = value.to_be_bytes();
    [a, b, c]
}

/// Writes the lower 24 bits, least significant byte first.
#[must_use]
pub fn to_le24(value: i32) -> [u8; 3] {
    let [a, b, c] = to_be24(value);
    [c, b, a]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_24_bit_numbers_are_read_as_written() {
        for value in (-(1 << 23)..1 << 23).step_by(7) {
            assert_eq!(from_be24(to_be24(value)), value);
            assert_eq!(from_le24(to_le24(value)), value);
        }
        assert_eq!(from_be24([0x80, 0, 0]), -8_388_608);
        assert_eq!(from_be24([0x13, 0x70, 0x29]), 1_273_897);
    }
}
