//! Random numbers that can be had again.

use std::time::{SystemTime, UNIX_EPOCH};

/// The seed of a test, printed with its name.
pub(super) fn seed(test: &str) -> u64 {
    let seed = match std::env::var("YIBU_TEST_SEED") {
        Ok(seed) => seed.parse().expect("YIBU_TEST_SEED is a number"),
        Err(_) => {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
            now.as_nanos() as u64
        }
    };
    eprintln!("{test}: YIBU_TEST_SEED={seed}");
    seed
}

/// SplitMix64.
pub(super) struct Noise(u64);

impl Noise {
    pub(super) fn new(seed: u64) -> Self {
        Noise(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(super) fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }
}
