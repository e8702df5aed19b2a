import SystemPackage

/// `name-2.png`, `name-3.png` …: names beside one that is taken.
enum NumberedName {
    /// The highest number that is tried.
    static let last = 99_999

    /// An extension longer than this counts as part of the stem, so that it may be shortened.
    private static let longestExtension = 32

    /// The `number`th name beside `name`, no longer than `limit` bytes: the stem gives way, at the edge of a character
    /// where it is UTF-8. Number 1 is the name itself.
    static func numbered(_ name: FilePath.Component, _ number: Int, limit: Int) -> FilePath.Component {
        guard number > 1 else { return name }
        let bytes = PrintableName.bytes(of: name)
        return component(insert: Array("-\(number)".utf8), before: suffix(of: bytes), of: bytes, limit: limit)
    }

    /// `name` with `ending` behind it, shortened as above.
    static func appending(_ ending: String, to name: FilePath.Component, limit: Int) -> FilePath.Component {
        component(insert: Array(ending.utf8), before: [], of: PrintableName.bytes(of: name), limit: limit)
    }

    private static func suffix(of bytes: [UInt8]) -> ArraySlice<UInt8> {
        guard let dot = bytes.lastIndex(of: UInt8(ascii: ".")), dot > 0, bytes.count - dot <= longestExtension else {
            return []
        }
        return bytes[dot...]
    }

    private static func component(
        insert infix: [UInt8], before suffix: ArraySlice<UInt8>, of bytes: [UInt8], limit: Int
    ) -> FilePath.Component {
        var stem = bytes[..<(bytes.count - suffix.count)]
        let room = max(1, limit - infix.count - suffix.count)
        if stem.count > room {
            stem = stem.prefix(room)
            // Continuation bytes at the cut belong to a character whose rest is gone, and so does its first byte.
            if bytes[stem.endIndex] & 0xC0 == 0x80 {
                while let last = stem.last, last & 0xC0 == 0x80, stem.count > 1 { stem.removeLast() }
                if let last = stem.last, last >= 0xC0, stem.count > 1 { stem.removeLast() }
            }
        }
        let result = (stem + infix + suffix).map(CChar.init(bitPattern:)) + [0]
        let component = result.withUnsafeBufferPointer {
            $0.baseAddress.flatMap(FilePath.Component.init(platformString:))
        }
        guard let component else { preconditionFailure("a name with a number in it is still a plain name") }
        return component
    }
}
