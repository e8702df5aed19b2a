/// Planes in blocks of sixteen channels: element (n, c, p) of `[N, C, P]` lies at
/// `((n · B + c / 16) · P + p) · 16 + c % 16` with `B = ⌈C / 16⌉`. Channels that are missing from the last block hold finite numbers of no meaning.
public enum BlockedLayout {
    public static let width = 16

    public static func blocks(_ channels: Int) -> Int { (channels + width - 1) / width }
}
