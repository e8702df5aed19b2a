/// A rectangle with sides along the axes, in pixels; its area is `(right − left) · (bottom − top)`.
public struct Box: Sendable, Equatable {
    public var left: Double
    public var top: Double
    public var right: Double
    public var bottom: Double

    public init(left: Double, top: Double, right: Double, bottom: Double) {
        self.left = left
        self.top = top
        self.right = right
        self.bottom = bottom
    }

    public init(centerX: Double, centerY: Double, width: Double, height: Double) {
        self.init(
            left: centerX - width / 2, top: centerY - height / 2, right: centerX + width / 2,
            bottom: centerY + height / 2)
    }

    public var width: Double { right - left }
    public var height: Double { bottom - top }
    public var area: Double { max(0, width) * max(0, height) }

    /// The area that two boxes share as a part of the area that they cover together; 0 where they cover none.
    public func overlap(_ other: Box) -> Double {
        let shared = Box(
            left: max(left, other.left), top: max(top, other.top), right: min(right, other.right),
            bottom: min(bottom, other.bottom)
        ).area
        let union = area + other.area - shared
        return union > 0 ? shared / union : 0
    }
}

/// A place within a picture, in pixels: `(0, 0)` is the upper left corner of the first pixel.
public struct Point: Sendable, Equatable {
    public var x: Double
    public var y: Double

    public init(x: Double, y: Double) {
        self.x = x
        self.y = y
    }
}

/// One thing that a network has found in a picture.
public struct Detection: Sendable, Equatable {
    public var box: Box
    /// As the network gives it, usually 0…1.
    public var score: Double
    /// The place of its class in the model's list of labels.
    public var kind: Int
    /// Eyes, nose and corners of the mouth of a face, joints of a body: in the model's order.
    public var points: [Point]

    public init(box: Box, score: Double, kind: Int, points: [Point] = []) {
        self.box = box
        self.score = score
        self.kind = kind
        self.points = points
    }

    /// Whether it consists of numbers: whoever draws or records it rounds them.
    var isFinite: Bool {
        ([score, box.left, box.top, box.right, box.bottom] + points.flatMap { [$0.x, $0.y] }).allSatisfy(\.isFinite)
    }
}
