import Raster

/// How a picture of other proportions is brought to the size that a network takes.
public enum InputFit: String, Sendable, CaseIterable {
    /// Distorted to exactly that size.
    case stretch
    /// As large as fits in; what is left over is filled.
    case contain
    /// Filling it; what reaches beyond is cut off.
    case cover

    /// Where a picture lies that does not fill the input.
    public enum Place: String, Sendable, CaseIterable {
        case center
        case topLeft = "top-left"
    }
}

/// Where a picture lies in a network's input: resized, then put down at an offset.
///
/// - `stretch`: resized to the input's size W×H, offset 0.
/// - `contain`: resized by min(W/w, H/h), sides rounded to the nearest; offset ⌊(W − w′)/2⌋, or 0 at the top left.
/// - `cover`: the shorter side gets `shortSide`, or both sides are multiplied by max(W/w, H/h); offset −⌊(w′ − W)/2⌋, so
///   that the middle is left.
public struct InputGeometry: Sendable, Equatable {
    public let picture: ImageSize
    public let input: ImageSize
    public let resized: ImageSize
    /// Of the resized picture's upper left corner in the input; negative where it is cut off.
    public let offset: (x: Int, y: Int)

    public init(_ picture: ImageSize, to input: ImageSize, _ card: ModelCard.Input) {
        self.picture = picture
        self.input = input
        func rounded(_ side: Int, _ numerator: Int, _ denominator: Int) -> Int {
            max(1, (2 * side * numerator + denominator) / (2 * denominator))
        }
        let isWider = picture.width * input.height > picture.height * input.width
        switch card.fit {
        case .stretch: resized = input
        case .contain:
            resized =
                isWider
                ? ImageSize(width: input.width, height: rounded(picture.height, input.width, picture.width))
                : ImageSize(width: rounded(picture.width, input.height, picture.height), height: input.height)
        case .cover:
            if let side = card.shortSide {
                let short = min(picture.width, picture.height)
                resized = ImageSize(
                    width: rounded(picture.width, side, short), height: rounded(picture.height, side, short))
            } else {
                resized =
                    isWider
                    ? ImageSize(width: rounded(picture.width, input.height, picture.height), height: input.height)
                    : ImageSize(width: input.width, height: rounded(picture.height, input.width, picture.width))
            }
        }
        let rest = (x: input.width - resized.width, y: input.height - resized.height)
        offset = card.fit == .contain && card.place == .topLeft ? (0, 0) : (half(rest.x), half(rest.y))
    }

    public static func == (a: InputGeometry, b: InputGeometry) -> Bool {
        (a.picture, a.input, a.resized) == (b.picture, b.input, b.resized) && a.offset == b.offset
    }

    /// The picture's column under a column of the input; both count from the left edge, not from the first centre.
    public func pictureX(_ x: Double) -> Double {
        (x - Double(offset.x)) * Double(picture.width) / Double(resized.width)
    }

    public func pictureY(_ y: Double) -> Double {
        (y - Double(offset.y)) * Double(picture.height) / Double(resized.height)
    }
}

/// Half of it, towards zero.
private func half(_ value: Int) -> Int { value / 2 }
