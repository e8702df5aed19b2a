import Dataflow
import Raster

/// The same number everywhere.
struct ConstantRows: RowOperator {
    let output: FieldFormat
    let byte: UInt8
    var summary: String { "\(byte) everywhere" }

    func compute(_ rows: Range<Int>, _ inputs: [RowWindow], _ output: RowWindow, _ work: OperatorWork) {
        for y in rows {
            output.row(y).initializeMemory(as: UInt8.self, repeating: byte, count: self.output.samplesPerRow)
        }
    }
}

extension Graph {
    /// The alpha of a picture; 255 everywhere where it has none.
    mutating func alphaPlane(of field: FieldID) -> FieldID {
        let format = format(of: field)
        if format.hasAlpha { return plane(format.channels - 1, of: field) }
        let opaque = FieldFormat(
            size: format.size, channels: 1, hasAlpha: false, type: .uint8, bounds: 255...255, isExact: true)
        return add(ConstantRows(output: opaque, byte: 255), [])
    }
}
