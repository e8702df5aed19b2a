import Raster

/// The memory of one window, with room for the margins and for vectors that read past the end of a row.
final class RowStorage: @unchecked Sendable {
    // Sendable: the memory's address never changes; who may touch which rows is the executor's business.

    private let memory: UnsafeMutableRawPointer
    let window: RowWindow
    let byteCount: Int

    static func bytesPerRow(_ format: FieldFormat, _ margin: RowMargin) -> Int {
        let pixel = format.channels * format.type.byteCount
        let bytes = leftBytes(format, margin) + format.bytesPerRow + margin.right * pixel + RowWindow.slack
        let rounded = (bytes + 63) & ~63
        // Rows that lie a multiple of a page apart fall into the same cache sets.
        return rounded % 4096 == 0 ? rounded + 64 : rounded
    }

    private static func leftBytes(_ format: FieldFormat, _ margin: RowMargin) -> Int {
        (margin.left * format.channels * format.type.byteCount + 63) & ~63
    }

    init(_ format: FieldFormat, _ margin: RowMargin, capacity: Int) {
        let bytesPerRow = Self.bytesPerRow(format, margin)
        byteCount = bytesPerRow * max(capacity, 1) + 128
        memory = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 64)
        window = RowWindow(
            base: memory + Self.leftBytes(format, margin), bytesPerRow: bytesPerRow, capacity: max(capacity, 1))
    }

    deinit { memory.deallocate() }
}
