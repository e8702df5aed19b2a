/// A colour of eight bits a channel, written `#rrggbb` or `#rgb`.
public struct Colour: Sendable, Hashable {
    public let red, green, blue: UInt8

    public init(red: UInt8, green: UInt8, blue: UInt8) {
        self.red = red
        self.green = green
        self.blue = blue
    }

    public static let white = Colour(red: 255, green: 255, blue: 255)
    public static let black = Colour(red: 0, green: 0, blue: 0)

    /// Nil for a text that is no colour.
    public init?(_ text: String) {
        guard text.utf8.first == UInt8(ascii: "#") else { return nil }
        var digits: [UInt8] = []
        for byte in text.utf8.dropFirst() {
            guard digits.count < 6, let value = hexadecimalValue(byte) else { return nil }
            digits.append(UInt8(value))
        }
        switch digits.count {
        case 3: self.init(red: digits[0] * 17, green: digits[1] * 17, blue: digits[2] * 17)
        case 6:
            self.init(
                red: digits[0] * 16 + digits[1], green: digits[2] * 16 + digits[3], blue: digits[4] * 16 + digits[5])
        default: return nil
        }
    }

    /// `#rrggbb`.
    public var text: String {
        "#" + [red, green, blue].map { hexadecimal(UInt32($0), digits: 2).lowercased() }.joined()
    }
}
