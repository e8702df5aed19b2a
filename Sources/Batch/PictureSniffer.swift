import Codecs
import Glibc

/// Which files in a folder are meant to be pictures: by the ending of their name, or by their first bytes.
public enum PictureSniffer {
    public static func hasPictureEnding(_ path: [UInt8]) -> Bool {
        guard let dot = path.lastIndex(of: UInt8(ascii: ".")) else { return false }
        return ImageFormat(fileExtension: String(decoding: path[(dot + 1)...], as: UTF8.self)) != nil
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
