import Kernels
import Raster

extension RowMargin {
    /// Writes the samples left and right of a row as the border mode says.
    public func fill(_ row: UnsafeMutableRawPointer, _ format: FieldFormat) {
        let pixel = format.channels * format.type.byteCount
        let width = format.size.width
        for distance in 1...max(left, right) {
            if distance <= left { copyPixel(row, from: -distance, width, pixel) }
            if distance <= right { copyPixel(row, from: width - 1 + distance, width, pixel) }
        }
    }

    private func copyPixel(_ row: UnsafeMutableRawPointer, from x: Int, _ width: Int, _ pixel: Int) {
        if let source = border.source(of: x, count: width) {
            (row + x * pixel).copyMemory(from: row + source * pixel, byteCount: pixel)
        } else {
            (row + x * pixel).initializeMemory(as: UInt8.self, repeating: 0, count: pixel)
        }
    }
}
