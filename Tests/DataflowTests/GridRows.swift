import Dataflow
import Raster

struct Broken: Error, Equatable {
    let place: String
}

/// Gives the rows of a grid in order, and notes how it is asked.
final class GridSource: RowSource {
    private let grid: Grid
    private let failingRow: Int?
    private(set) var next = 0
    /// How many rows were passed over.
    private(set) var skipped = 0
    private(set) var finishCount = 0

    init(_ grid: Grid, failingAt row: Int? = nil) {
        self.grid = grid
        failingRow = row
    }

    func read(rows: Int, into rowStart: UnsafeMutableRawPointer, bytesPerRow: Int) throws {
        for i in 0..<rows {
            if next == failingRow { throw Broken(place: "source") }
            (rowStart + i * bytesPerRow).assumingMemoryBound(to: Int32.self).update(
                from: grid.rows[next], count: grid.width)
            next += 1
        }
    }

    func skip(rows: Int) throws {
        if let failingRow, (next..<next + rows).contains(failingRow) { throw Broken(place: "source") }
        next += rows
        skipped += rows
    }

    func finish() throws {
        if failingRow == grid.height { throw Broken(place: "end of source") }
        finishCount += 1
    }
}

/// Takes the rows of a grid in order.
final class GridSink: RowSink {
    private(set) var grid: Grid
    private let failingRow: Int?
    private(set) var finishCount = 0

    init(width: Int, failingAt row: Int? = nil) {
        grid = Grid(width: width, rows: [])
        failingRow = row
    }

    func write(rows: Int, from rowStart: UnsafeRawPointer, bytesPerRow: Int) throws {
        for i in 0..<rows {
            if grid.height == failingRow { throw Broken(place: "sink") }
            let row = (rowStart + i * bytesPerRow).assumingMemoryBound(to: Int32.self)
            grid.rows.append(Array(UnsafeBufferPointer(start: row, count: grid.width)))
        }
    }

    func finish() throws { finishCount += 1 }
}

/// A grid in memory. It has to outlive the use of its window.
final class GridMemory {
    private let memory: UnsafeMutablePointer<Int32>
    private let width: Int
    private let height: Int

    init(_ grid: Grid) {
        (width, height) = (grid.width, grid.height)
        memory = .allocate(capacity: width * height)
        for (y, row) in grid.rows.enumerated() { (memory + y * width).initialize(from: row, count: width) }
    }

    convenience init(_ format: FieldFormat) {
        let row = [Int32](repeating: -1, count: format.size.width)
        self.init(
            Grid(width: format.size.width, rows: [[Int32]](repeating: row, count: format.size.height)))
    }

    deinit { memory.deallocate() }

    var window: RowWindow { RowWindow(base: memory, bytesPerRow: width * 4, capacity: height) }

    var grid: Grid {
        Grid(
            width: width,
            rows: (0..<height).map { Array(UnsafeBufferPointer(start: memory + $0 * width, count: width)) })
    }
}
