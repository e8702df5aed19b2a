import Foundation
import Raster
import Specification

/// Rectangles and letters in a picture; what is drawn later covers what was drawn before.
struct Drawing: Sendable {
    private struct Item {
        var columns: Range<Int>
        var rows: Range<Int>
        var colour: Colour
        /// Empty for a rectangle that is filled.
        var text: [Unicode.Scalar] = []
        /// The size of a letter's dot.
        var dot = 1
    }

    let size: ImageSize
    private var items: [Item] = []

    init(size: ImageSize) { self.size = size }

    mutating func fill(columns: Range<Int>, rows: Range<Int>, _ colour: Colour) {
        let columns = columns.clamped(to: 0..<size.width)
        let rows = rows.clamped(to: 0..<size.height)
        if !columns.isEmpty, !rows.isEmpty { items.append(Item(columns: columns, rows: rows, colour: colour)) }
    }

    /// The edge of a rectangle, `thickness` pixels to the inside.
    mutating func frame(columns: Range<Int>, rows: Range<Int>, thickness: Int, _ colour: Colour) {
        let wide = min(thickness, columns.count), high = min(thickness, rows.count)
        fill(columns: columns, rows: rows.lowerBound..<rows.lowerBound + high, colour)
        fill(columns: columns, rows: rows.upperBound - high..<rows.upperBound, colour)
        fill(columns: columns.lowerBound..<columns.lowerBound + wide, rows: rows, colour)
        fill(columns: columns.upperBound - wide..<columns.upperBound, rows: rows, colour)
    }

    /// One line of text on a ground of its own, its upper left corner at (`x`, `y`).
    mutating func label(_ text: String, x: Int, y: Int, dot: Int, ground: Colour) {
        let scalars = Array(text.unicodeScalars)
        let extent = Self.labelSize(text, dot: dot)
        fill(columns: x..<x + extent.width, rows: y..<y + extent.height, ground)
        items.append(
            Item(
                columns: x + dot..<x + extent.width, rows: y + dot..<y + dot + Font.height * dot,
                colour: ground.isBright ? .black : .white, text: scalars, dot: dot))
    }

    static func labelSize(_ text: String, dot: Int) -> ImageSize {
        ImageSize(
            width: (text.unicodeScalars.count * Font.advance + 1) * dot, height: (Font.height + 1) * dot)
    }

    /// Draws what lies in row `y` over its samples.
    ///
    /// - `unit`: the sample that stands for 1 on the 0…255 scale.
    func paint<Sample: BinaryInteger>(
        row y: Int, _ samples: UnsafeMutablePointer<Sample>, channels: Int, hasAlpha: Bool, unit: Int
    ) {
        paint(row: y) { columns, colour in
            Self.fill(samples, columns, channels, hasAlpha) { Sample(truncatingIfNeeded: Int(colour[$0]) * unit) }
        }
    }

    func paint(row y: Int, _ samples: UnsafeMutablePointer<Float>, channels: Int, hasAlpha: Bool) {
        paint(row: y) { columns, colour in
            Self.fill(samples, columns, channels, hasAlpha) { Float(colour[$0]) }
        }
    }

    private static func fill<Sample>(
        _ samples: UnsafeMutablePointer<Sample>, _ columns: Range<Int>, _ channels: Int, _ hasAlpha: Bool,
        _ value: (Int) -> Sample
    ) {
        for channel in 0..<channels {
            // Alpha becomes opaque: 255, which is what the fourth channel of a colour stands for here.
            let value = value(hasAlpha && channel == channels - 1 ? 3 : channel)
            for x in columns { samples[x * channels + channel] = value }
        }
    }

    private func paint(row y: Int, _ fill: (Range<Int>, Colour) -> Void) {
        for item in items where item.rows.contains(y) {
            if item.text.isEmpty {
                fill(item.columns, item.colour)
                continue
            }
            for (index, scalar) in item.text.enumerated() {
                let bits = Font.row((y - item.rows.lowerBound) / item.dot, of: scalar)
                let first = item.columns.lowerBound + index * Font.advance * item.dot
                for dot in 0..<Font.width where bits >> (Font.width - 1 - dot) & 1 == 1 {
                    let start = first + dot * item.dot
                    fill((start..<start + item.dot).clamped(to: 0..<size.width), item.colour)
                }
            }
        }
    }
}

extension Colour {
    /// Red, green, blue, and 255 for alpha.
    fileprivate subscript(channel: Int) -> UInt8 {
        switch channel {
        case 0: red
        case 1: green
        case 2: blue
        default: 255
        }
    }

    /// Whether black is read on it more easily than white.
    var isBright: Bool { 299 * Int(red) + 587 * Int(green) + 114 * Int(blue) > 128_000 }

    /// A colour for each class: neighbours differ as much as hues can, and no class looks like another for long.
    public static func ofClass(_ index: Int) -> Colour {
        // Steps by the golden angle never come back to the same hue.
        let hue = (Double(max(index, 0)) * 0.618_033_988_749_895).truncatingRemainder(dividingBy: 1) * 6
        let value = [1, 0.8, 0.62][max(index, 0) / 11 % 3]
        func channel(_ n: Double) -> UInt8 {
            let k = (n + hue).truncatingRemainder(dividingBy: 6)
            return UInt8((255 * value * (1 - 0.8 * max(0, min(k, 4 - k, 1)))).rounded())
        }
        return Colour(red: channel(5), green: channel(3), blue: channel(1))
    }
}
