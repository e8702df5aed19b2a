/// Rows that are in memory: row `y` lies in slot `y % capacity`.
///
/// Whoever makes a window keeps its memory alive and says which rows are in it; a window of a whole field has the
/// field's height as its capacity. `RowWindow.slack` bytes behind every row can be read.
public struct RowWindow: @unchecked Sendable {
    // Sendable: the executor hands disjoint rows to different threads, and lets no one read a row before it is written.

    /// The first sample of slot 0, behind its left margin.
    public let base: UnsafeMutableRawPointer
    public let bytesPerRow: Int
    public let capacity: Int

    /// Loops over vectors may read this far past the last sample of a row, whatever lies there.
    public static let slack = 256

    public init(base: UnsafeMutableRawPointer, bytesPerRow: Int, capacity: Int) {
        self.base = base
        self.bytesPerRow = bytesPerRow
        self.capacity = capacity
    }

    /// Whether it holds so much that a row has left the nearer caches before anyone comes back to it.
    public var isFar: Bool { capacity * bytesPerRow > 1 << 22 }

    @inline(__always)
    public func row(_ y: Int) -> UnsafeMutableRawPointer {
        base + (y % capacity) * bytesPerRow
    }

    @inline(__always)
    public func row<Sample>(_ y: Int, as type: Sample.Type) -> UnsafeMutablePointer<Sample> {
        row(y).assumingMemoryBound(to: type)
    }
}
