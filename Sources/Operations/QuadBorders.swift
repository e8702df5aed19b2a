import Dataflow
import KernelParameters

/// The taps of a joined kernel where it comes near the borders of a picture.
struct QuadBorders: Sendable {
    /// Samples of a row, left or right, that have kernels of their own among them.
    struct Edge: Sendable {
        let start: Int
        let count: Int
        /// Their weights in rows in the middle of the picture.
        let middle: QuadLaneTable

        /// Sums are computed sixteen at a time.
        var laneCount: Int { (count + 15) & ~15 }
    }

    let edges: [Edge]
    private let kernel: JoinedKernel
    private let format: FieldFormat
    private let layout: QuadLayout

    init(_ kernel: JoinedKernel, _ format: FieldFormat, _ layout: QuadLayout) {
        self.kernel = kernel
        self.format = format
        self.layout = layout
        let total = format.samplesPerRow
        let count = min((kernel.columns / 2 * format.channels + 15) & ~15, total)
        edges = (count == 0 ? [] : [0, total - count]).map { start in
            Edge(
                start: start, count: count,
                middle: Self.lanes(
                    kernel, format, layout, start: start, count: count,
                    rows: [Int](repeating: kernel.rows / 2, count: 4)))
        }
    }

    private static func lanes(
        _ kernel: JoinedKernel, _ format: FieldFormat, _ layout: QuadLayout, start: Int, count: Int, rows: [Int]
    ) -> QuadLaneTable {
        let columns = (start..<start + (count + 15) & ~15).map { sample in
            JoinedKernel.place(
                min(sample / format.channels, format.size.width - 1), of: format.size.width, count: kernel.columns)
        }
        return QuadLaneTable(rows.map { row in columns.map { kernel.kernel(row: row, column: $0) } }, layout)
    }

    /// Which rows of kernels four rows of the picture take; nil where all of them are those in the middle.
    private func places(_ rows: Range<Int>) -> [Int]? {
        let places = (0..<4).map {
            JoinedKernel.place(
                min(rows.lowerBound + $0, rows.upperBound - 1), of: format.size.height, count: kernel.rows)
        }
        return places.allSatisfy { $0 == kernel.rows / 2 } ? nil : places
    }

    /// nil where the rows lie in the middle of the picture.
    func table(for rows: Range<Int>) -> QuadTable? {
        places(rows).map { QuadTable($0.map { kernel.kernel(row: $0, column: kernel.columns / 2) }, layout) }
    }

    func lanes(of edge: Edge, for rows: Range<Int>) -> QuadLaneTable {
        places(rows).map {
            Self.lanes(kernel, format, layout, start: edge.start, count: edge.count, rows: $0)
        } ?? edge.middle
    }
}
