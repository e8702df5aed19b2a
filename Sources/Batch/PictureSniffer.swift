import Glibc

/// Which files in a folder are meant to be pictures: by the ending of their name, or by their first bytes.
public enum PictureSniffer {
    private static let endings = ["png", "jpg", "jpeg", "jpe", "jfif"].map { Array($0.utf8) }

    public static func hasPictureEnding(_ path: [UInt8]) -> Bool {
        guard let dot = path.lastIndex(of: UInt8(ascii: ".")) else { return false }
        let ending = path[(dot + 1)...].map { $0 >= 65 && $0 <= 90 ? $0 + 32 : $0 }
        return endings.contains(ending)
    }

    static func isPicture(_ path: [UInt8]) -> Bool {
        if hasPictureEnding(path) { return true }
        let descriptor = withPath(path) { open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY) }
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var head = [UInt8](repeating: 0, count: 8)
        guard pread(descriptor, &head, 8, 0) >= 4 else { return false }
        return head == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] || head.starts(with: [0xFF, 0xD8, 0xFF])
    }
}
