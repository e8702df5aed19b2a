import Dataflow
import Raster

/// What findings look like drawn over the picture: made once when all of them are known, then painted row by row.
struct DrawingRows: RowOperator {
    let output: FieldFormat
    /// The findings: input 1 and on.
    let tables: [FieldFormat]
    let summary: String
    /// Draws the rows of the findings.
    let draw: @Sendable ([[FindingTable.Row]]) -> Drawing

    func access(_ input: Int) -> InputAccess { input == 0 ? .rows : .whole }

    func prepare(_ inputs: [RowWindow], context: RunContext) throws -> (any Sendable)? {
        draw(zip(inputs.dropFirst(), tables).map { FindingTable.rows(of: $0, $1) })
    }

    func compute(_ rows: Range<Int>, _ inputs: [RowWindow], _ output: RowWindow, _ work: OperatorWork) {
        guard let drawing = work.prepared as? Drawing else { return }
        let format = self.output
        for y in rows {
            let row = output.row(y)
            row.copyMemory(from: inputs[0].row(y), byteCount: format.bytesPerRow)
            if format.type == .uint8 {
                drawing.paint(
                    row: y, row.assumingMemoryBound(to: UInt8.self), channels: format.channels,
                    hasAlpha: format.hasAlpha, unit: 1)
            } else {
                drawing.paint(
                    row: y, row.assumingMemoryBound(to: Float.self), channels: format.channels,
                    hasAlpha: format.hasAlpha)
            }
        }
    }
}
