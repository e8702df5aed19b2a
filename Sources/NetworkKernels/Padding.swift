/// Copies planes into larger ones with zeros around them.
public struct Padding: Sendable {
    public let height: Int
    public let width: Int
    public let top: Int
    public let left: Int
    public let bottom: Int
    public let right: Int
    /// Numbers of one pixel: 8 for blocked planes, 1 for others.
    public let lanes: Int

    public init(height: Int, width: Int, top: Int, left: Int, bottom: Int, right: Int, lanes: Int) {
        self.height = height
        self.width = width
        self.top = top
        self.left = left
        self.bottom = bottom
        self.right = right
        self.lanes = lanes
    }

    public var paddedHeight: Int { height + top + bottom }
    public var paddedWidth: Int { width + left + right }
    public var isEmpty: Bool { top == 0 && left == 0 && bottom == 0 && right == 0 }
    /// Elements of a plane (or block of planes) in the input and in the output.
    public var inputCount: Int { height * width * lanes }
    public var outputCount: Int { paddedHeight * paddedWidth * lanes }

    /// Copies some rows of the padded form of one plane, or of one block of planes.
    public func copy(_ input: UnsafePointer<Float>, rows: Range<Int>, to out: UnsafeMutablePointer<Float>) {
        let row = paddedWidth * lanes, inner = width * lanes
        var target = out
        for y in rows {
            if y < top || y >= top + height {
                target.update(repeating: 0, count: row)
            } else {
                target.update(repeating: 0, count: left * lanes)
                (target + left * lanes).update(from: input + (y - top) * inner, count: inner)
                (target + left * lanes + inner).update(repeating: 0, count: right * lanes)
            }
            target += row
        }
    }

    /// Copies one plane, or one block of planes.
    public func copy(_ input: UnsafePointer<Float>, to out: UnsafeMutablePointer<Float>) {
        let row = paddedWidth * lanes, inner = width * lanes
        (out).update(repeating: 0, count: top * row)
        var target = out + top * row
        for y in 0..<height {
            target.update(repeating: 0, count: left * lanes)
            (target + left * lanes).update(from: input + y * inner, count: inner)
            (target + left * lanes + inner).update(repeating: 0, count: right * lanes)
            target += row
        }
        target.update(repeating: 0, count: bottom * row)
    }
}
