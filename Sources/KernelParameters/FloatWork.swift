/// The products of one sample with the weights that it has for each of four result rows.
public struct FloatTap: Sendable, Equatable {
    /// Of the window.
    public var row: Int
    /// Samples from the window's first column.
    public var offset: Int
    public var weights0: Float
    public var weights1: Float
    public var weights2: Float
    public var weights3: Float

    public init(row: Int, offset: Int, weights: [Float]) {
        self.row = row
        self.offset = offset
        (weights0, weights1, weights2, weights3) = (weights[0], weights[1], weights[2], weights[3])
    }
}

/// Four rows of `Σ weight · sample`, in floats and in the order of the taps.
public struct FloatWindowWork {
    /// Which of the four rows have a tap: the taps of each of these sets lie together, in this order.
    public static let sets: [ClosedRange<Int>] = [0...0, 0...1, 0...2, 0...3, 1...1, 1...2, 1...3, 2...2, 2...3, 3...3]

    /// The rows of the windows of all four, each at its first sample.
    public var rows: UnsafePointer<UnsafeRawPointer>
    public var taps: UnsafePointer<FloatTap>
    /// For each of the sets, the index after its last tap.
    public var ends: UnsafePointer<Int>
    /// Four rows, `outputBytes` apart.
    public var output: UnsafeMutableRawPointer
    public var outputBytes: Int
    /// Samples of a row.
    public var count: Int

    public init(
        rows: UnsafePointer<UnsafeRawPointer>, taps: UnsafePointer<FloatTap>, ends: UnsafePointer<Int>,
        output: UnsafeMutableRawPointer, outputBytes: Int, count: Int
    ) {
        self.rows = rows
        self.taps = taps
        self.ends = ends
        self.output = output
        self.outputBytes = outputBytes
        self.count = count
    }
}

/// Four rows of a column of mirrored weights.
public struct MirroredColumnWork {
    /// The rows of the windows of all four: `2 · reach + 4` of them, each at its first sample.
    public var rows: UnsafePointer<UnsafeRawPointer>
    /// `reach + 1` weights, from the outermost to that of the middle.
    public var weights: UnsafePointer<Float>
    /// Rows above the middle, at least 1, and as many below it.
    public var reach: Int
    /// Four rows, `outputBytes` apart.
    public var output: UnsafeMutableRawPointer
    public var outputBytes: Int
    /// Samples of a row.
    public var count: Int

    public init(
        rows: UnsafePointer<UnsafeRawPointer>, weights: UnsafePointer<Float>, reach: Int,
        output: UnsafeMutableRawPointer, outputBytes: Int, count: Int
    ) {
        self.rows = rows
        self.weights = weights
        self.reach = reach
        self.output = output
        self.outputBytes = outputBytes
        self.count = count
    }
}

/// One row of `term + Σ weights[j] · row[x + j · step]` over floats.
public struct FloatRowWork {
    /// Fastest at a multiple of 64 bytes.
    public var row: UnsafePointer<Float>
    public var weights: UnsafePointer<Float>
    public var columnCount: Int
    /// Their number is odd, and they are the same from the left as from the right.
    public var isMirrored: Bool
    public var step: Int
    public var term: Float
    /// Samples.
    public var count: Int
    /// Bytes that will be read soon, as many as samples.
    public var ahead: UnsafeRawPointer
    /// Room for `scratchByteCount` bytes.
    public var scratch: UnsafeMutableRawPointer

    public static let scratchByteCount = 128 * 4

    public init(
        row: UnsafePointer<Float>, weights: UnsafePointer<Float>, columnCount: Int, isMirrored: Bool,
        step: Int, term: Float, count: Int, ahead: UnsafeRawPointer, scratch: UnsafeMutableRawPointer
    ) {
        self.row = row
        self.weights = weights
        self.columnCount = columnCount
        self.isMirrored = isMirrored
        self.step = step
        self.term = term
        self.count = count
        self.ahead = ahead
        self.scratch = scratch
    }
}
