import SystemPackage

/// Names, which are bytes, as text that is safe in a terminal, a log and a JSON document.
public enum PrintableName {
    /// The bytes as text: what is not UTF-8 becomes `\xNN`, control characters become `\n`, `\t` or `\u{NN}`, a
    /// backslash is doubled. Different names give different texts.
    public static func escaped(_ bytes: some Sequence<UInt8>) -> String {
        var text = ""
        var decoder = UTF8Pieces(bytes: Array(bytes))
        while let piece = decoder.next() {
            switch piece {
            case .invalid(let byte): text += "\\x" + hexadecimal(UInt32(byte), digits: 2)
            case .scalar("\\"): text += "\\\\"
            case .scalar("\n"): text += "\\n"
            case .scalar("\t"): text += "\\t"
            case .scalar("\r"): text += "\\r"
            case .scalar(let scalar):
                if isUnsafe(scalar) {
                    text += "\\u{" + hexadecimal(scalar.value, digits: 2) + "}"
                } else {
                    text.unicodeScalars.append(scalar)
                }
            }
        }
        return text
    }

    /// The bytes that a text of `escaped` stands for; nil for texts that it does not give.
    public static func unescaped(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var rest = text.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            guard scalar == "\\" else {
                bytes += Array(String(scalar).utf8)
                continue
            }
            switch rest.popFirst() {
            case "\\": bytes.append(UInt8(ascii: "\\"))
            case "n": bytes.append(10)
            case "t": bytes.append(9)
            case "r": bytes.append(13)
            case "x":
                guard rest.count >= 2, let byte = UInt8(String(rest.prefix(2)), radix: 16) else { return nil }
                rest = rest.dropFirst(2)
                bytes.append(byte)
            case "u":
                guard rest.popFirst() == "{", let end = rest.firstIndex(of: "}"),
                    let value = UInt32(String(rest[..<end]), radix: 16), let scalar = Unicode.Scalar(value)
                else { return nil }
                rest = rest[rest.index(after: end)...]
                bytes += Array(String(scalar).utf8)
            default: return nil
            }
        }
        return bytes
    }

    public static func escaped(_ path: FilePath) -> String { escaped(bytes(of: path)) }

    static func quoted(_ path: FilePath) -> String { "“\(escaped(path))”" }

    static func bytes(of path: FilePath) -> [UInt8] {
        path.withPlatformString { Array(UnsafeRawBufferPointer(start: $0, count: path.length)) }
    }

    static func bytes(of component: FilePath.Component) -> [UInt8] {
        component.withPlatformString { start in
            var length = 0
            while start[length] != 0 { length += 1 }
            return Array(UnsafeRawBufferPointer(start: start, count: length))
        }
    }

    /// Control characters, and those that turn the direction of writing or break lines.
    static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: true
        default: false
        }
    }

    private static func hexadecimal(_ value: UInt32, digits: Int) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}

/// Takes bytes apart into the scalars that are valid UTF-8 and the single bytes that are not.
public struct UTF8Pieces {
    public enum Piece: Equatable {
        case scalar(Unicode.Scalar)
        case invalid(UInt8)
    }

    let bytes: [UInt8]
    private(set) var position = 0

    public init(bytes: [UInt8]) { self.bytes = bytes }

    public mutating func next() -> Piece? {
        guard position < bytes.count else { return nil }
        let first = bytes[position]
        let length =
            switch first {
            case 0..<0x80: 1
            case 0xC2..<0xE0: 2
            case 0xE0..<0xF0: 3
            case 0xF0..<0xF5: 4
            default: 0
            }
        if length > 0, position + length <= bytes.count,
            let text = String(validating: bytes[position..<position + length], as: UTF8.self),
            let scalar = text.unicodeScalars.first
        {
            position += length
            return .scalar(scalar)
        }
        position += 1
        return .invalid(first)
    }
}
