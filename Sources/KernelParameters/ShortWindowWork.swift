/// The weights of one row of sums in 16 bits over three rows: a column of weights and then a row of them, and weights for
/// the middle column alone. A 3×3 kernel is of this kind where its outer columns are multiples of one another.
public struct ShortWindowWeights: Sendable, Equatable {
    /// Which weights there are, for loops that are made for the most frequent ones.
    public enum Shape: Sendable {
        /// The three rows are added up, and so are the three columns.
        case box
        /// The same, and the sample in the middle has a weight of its own.
        case boxAndCenter
        /// The same, and another one that is multiplied on its own.
        case boxAndCenters
        /// The row in the middle with equal weights on both sides, and the samples above and below.
        case cross
        case any
    }

    public let shape: Shape
    /// Of the three rows, whose weighted sums are the columns.
    public let columns: (top: Int16, middle: Int16, bottom: Int16)
    /// Of three columns side by side.
    public let sides: (left: Int16, middle: Int16, right: Int16)
    /// Of the three samples in the middle, besides.
    public let center: (top: Int16, middle: Int16, bottom: Int16)
    /// Of the sample in the middle: a product of its own, added last and with saturation.
    public let last: Int16
    /// Added to every sum.
    public let term: Int16

    public init(
        columns: (Int16, Int16, Int16), sides: (Int16, Int16, Int16), center: (Int16, Int16, Int16), last: Int16,
        term: Int16
    ) {
        self.columns = columns
        self.sides = sides
        self.center = center
        self.last = last
        self.term = term
        let hasOuterCenters = center.0 != 0 || center.2 != 0
        let isMirrored = sides.0 == sides.2
        if columns == (1, 1, 1), isMirrored, sides.0 == sides.1, !hasOuterCenters {
            shape = last != 0 ? .boxAndCenters : center.1 != 0 ? .boxAndCenter : .box
        } else if columns == (0, 1, 0), isMirrored, center.1 == 0, last == 0 {
            shape = .cross
        } else {
            shape = .any
        }
    }

    public static func == (a: Self, b: Self) -> Bool {
        a.columns == b.columns && a.sides == b.sides && a.center == b.center && a.last == b.last && a.term == b.term
    }
}

/// How sums in 16 bits become bytes.
public enum ShortEnd: Sendable, Equatable {
    /// Signed sums, clipped.
    case clipped
    /// Divided and clipped; signed sums below 0 become 0.
    case divided(ShortDivision, isSigned: Bool)
}

/// A piece of one row of sums over three rows.
public struct ShortWindowWork {
    /// Bytes or 16-bit samples, each row at the sample that stands for the first result.
    public var top: UnsafeRawPointer
    public var middle: UnsafeRawPointer
    public var bottom: UnsafeRawPointer
    /// Samples from one column of the window to the next, less than 16.
    public var step: Int
    /// Bytes that will be read soon, as many as samples.
    public var ahead: UnsafeRawPointer
    /// Results in `first..<end`; the first one may lie before the pointers.
    public var first: Int
    public var end: Int
    public var output: UnsafeMutableRawPointer
    /// Whether bytes are stored past the caches.
    public var isFar: Bool
    /// Where the next row's results will go. Lines that belong to two pieces are stored into the caches, and who waits
    /// for one of them holds up all stores behind it, so they are fetched early.
    public var following: UnsafeMutableRawPointer
    /// Room for `scratchCount` samples more than the results.
    public var scratch: UnsafeMutablePointer<Int16>

    public static let scratchCount = 320

    public init(
        top: UnsafeRawPointer, middle: UnsafeRawPointer, bottom: UnsafeRawPointer, step: Int,
        ahead: UnsafeRawPointer, first: Int, end: Int, output: UnsafeMutableRawPointer, isFar: Bool,
        following: UnsafeMutableRawPointer, scratch: UnsafeMutablePointer<Int16>
    ) {
        self.top = top
        self.middle = middle
        self.bottom = bottom
        self.step = step
        self.ahead = ahead
        self.first = first
        self.end = end
        self.output = output
        self.isFar = isFar
        self.following = following
        self.scratch = scratch
    }
}
