/// The products of four bytes that lie side by side, for each of four result rows.
public struct QuadTap: Sendable, Equatable {
    /// From the byte that stands for the first sample.
    public var byteOffset: Int
    /// Four signed bytes for each of the result rows, the topmost byte lowest.
    public var weights0: Int32
    public var weights1: Int32
    public var weights2: Int32
    public var weights3: Int32

    public init(byteOffset: Int, weights: [Int32]) {
        self.byteOffset = byteOffset
        (weights0, weights1, weights2, weights3) = (weights[0], weights[1], weights[2], weights[3])
    }
}

/// What becomes of the sums of quad taps.
public enum QuadEnd: Sendable, Equatable {
    /// They stay 32-bit integers.
    case sums
    /// Clipped to a byte.
    case bytes
    /// The whole part of `sum · factor + term`, clipped to a byte.
    case scaledBytes(factor: Float, term: Float)
}

/// Four rows of results from bytes in quads: each quad holds four samples that lie one below the other.
public struct QuadWork {
    /// The quad of the first sample, in the first group of four rows.
    public var quads: UnsafeRawPointer
    /// First the taps of all four rows, then those that only the lower two have.
    public var taps: UnsafePointer<QuadTap>
    public var commonCount: Int
    public var lowerCount: Int
    public var outputs: UnsafePointer<UnsafeMutableRawPointer>
    /// Samples of a row.
    public var count: Int
    /// Added to every sum.
    public var term: Int32
    public var end: QuadEnd
    /// Room for `scratchByteCount` bytes.
    public var scratch: UnsafeMutableRawPointer

    public static let scratchByteCount = 4 * 64 * 4

    public init(
        quads: UnsafeRawPointer, taps: UnsafePointer<QuadTap>, commonCount: Int, lowerCount: Int,
        outputs: UnsafePointer<UnsafeMutableRawPointer>, count: Int, term: Int32, end: QuadEnd,
        scratch: UnsafeMutableRawPointer
    ) {
        self.quads = quads
        self.taps = taps
        self.commonCount = commonCount
        self.lowerCount = lowerCount
        self.outputs = outputs
        self.count = count
        self.term = term
        self.end = end
        self.scratch = scratch
    }
}

/// Sums of quads, sixteen samples at a time, in which every sample has weights of its own.
public struct QuadLaneWork {
    /// The quad of the first sample.
    public var quads: UnsafeRawPointer
    /// For each tap, bytes from there.
    public var byteOffsets: UnsafePointer<Int>
    public var tapCount: Int
    /// For each tap, each of four result rows and each sample four signed bytes.
    public var weights: UnsafePointer<Int32>
    /// Four rows of `count` sums.
    public var sums: UnsafeMutablePointer<Int32>
    /// A multiple of 16.
    public var count: Int
    /// Added to every sum.
    public var term: Int32

    public init(
        quads: UnsafeRawPointer, byteOffsets: UnsafePointer<Int>, tapCount: Int, weights: UnsafePointer<Int32>,
        sums: UnsafeMutablePointer<Int32>, count: Int, term: Int32
    ) {
        self.quads = quads
        self.byteOffsets = byteOffsets
        self.tapCount = tapCount
        self.weights = weights
        self.sums = sums
        self.count = count
        self.term = term
    }
}
