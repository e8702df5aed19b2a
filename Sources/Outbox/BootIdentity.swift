/// Which run of the machine this is: another one after every restart, empty where the kernel does not tell.
public enum BootIdentity {
    public static let current: [UInt8] = TemporaryName.Owner.contents(of: "/proc/sys/kernel/random/boot_id") ?? []
}
