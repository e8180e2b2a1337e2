//! The names of the system calls that threads block in.
#![forbid(unsafe_code)]

use std::ffi::c_long;

/// The name of a call, and whether its first argument is the descriptor that it waits on.
pub(super) fn name(number: c_long) -> Option<(&'static str, bool)> {
    let (_, name, on) = NAMES
        .iter()
        .chain(OLDER)
        .find(|(call, ..)| *call == number)?;
    Some((name, *on))
}

macro_rules! names {
    ($($call:ident $on:literal,)*) => {
        [$((libc::$call, { const NAME: &str = stringify!($call); NAME.split_at(4).1 }, $on)),*]
    };
}

/// Those that every architecture has.
static NAMES: &[(c_long, &str, bool)] = &names![
    SYS_read true,
    SYS_readv true,
    SYS_pread64 true,
    SYS_write true,
    SYS_writev true,
    SYS_pwrite64 true,
    SYS_fsync true,
    SYS_fdatasync true,
    SYS_ioctl true,
    SYS_fcntl true,
    SYS_flock true,
    SYS_openat false,
    SYS_accept true,
    SYS_accept4 true,
    SYS_connect true,
    SYS_recvfrom true,
    SYS_recvmsg true,
    SYS_recvmmsg true,
    SYS_sendto true,
    SYS_sendmsg true,
    SYS_sendmmsg true,
    SYS_ppoll false,
    SYS_pselect6 false,
    SYS_epoll_pwait true,
    SYS_io_uring_enter true,
    SYS_futex false,
    SYS_nanosleep false,
    SYS_clock_nanosleep false,
    SYS_rt_sigtimedwait false,
    SYS_rt_sigsuspend false,
    SYS_wait4 false,
    SYS_waitid false,
    SYS_splice true,
    SYS_restart_syscall false,
    SYS_exit_group false,
];

#[cfg(target_arch = "x86_64")]
static OLDER: &[(c_long, &str, bool)] = &names![
    SYS_poll false,
    SYS_select false,
    SYS_epoll_wait true,
    SYS_pause false,
];

#[cfg(not(target_arch = "x86_64"))]
static OLDER: &[(c_long, &str, bool)] = &[];

#[cfg(all(test, not(loom)))]
mod tests {
    use super::name;

    #[test]
    fn names() {
        assert_eq!(name(libc::SYS_read), Some(("read", true)));
        assert_eq!(name(libc::SYS_futex), Some(("futex", false)));
        assert_eq!(name(1 << 40), None);
    }
}
