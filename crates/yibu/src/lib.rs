//! yibu
