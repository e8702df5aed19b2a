/// One row of sums over a box of bytes, from the sums of its columns.
public struct BoxWork {
    /// For each sample and those of the window beyond the last one the sum of a column but for the window's last row;
    /// afterwards the same for the row below.
    public var columns: UnsafeMutablePointer<UInt16>
    /// The last and the first row of the window.
    public var entering: UnsafePointer<UInt8>
    public var leaving: UnsafePointer<UInt8>
    /// Room for twice as many samples as `columns` has, and 384 more.
    public var scratch: UnsafeMutablePointer<UInt16>
    /// The columns of the window: `parts` times `part`, and `rest`.
    public var part: Int
    public var parts: Int
    public var rest: Int
    /// Samples from one column of the window to the next.
    public var step: Int
    /// Samples of the row.
    public var count: Int

    public init(
        columns: UnsafeMutablePointer<UInt16>, entering: UnsafePointer<UInt8>, leaving: UnsafePointer<UInt8>,
        scratch: UnsafeMutablePointer<UInt16>, part: Int, parts: Int, rest: Int, step: Int, count: Int
    ) {
        self.columns = columns
        self.entering = entering
        self.leaving = leaving
        self.scratch = scratch
        self.part = part
        self.parts = parts
        self.rest = rest
        self.step = step
        self.count = count
    }

    public var columnCount: Int { count + (part * parts + rest - 1) * step }
}

/// `⌊min(sum, most) + half) · factor / 2^(16 + shift)⌋`: a division of 16-bit numbers.
public struct ShortDivision: Sendable, Equatable {
    public var most: UInt16
    public var half: UInt16
    public var factor: UInt16
    public var shift: UInt16

    public init(most: UInt16, half: UInt16, factor: UInt16, shift: UInt16) {
        self.most = most
        self.half = half
        self.factor = factor
        self.shift = shift
    }
}
