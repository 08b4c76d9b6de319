//! The rooms with memory.
