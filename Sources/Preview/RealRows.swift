import Dataflow
import Raster

extension FieldFormat {
    /// The real numbers of one stored row.
    ///
    /// - `row`: as many as `samplesPerRow`.
    func load(_ source: UnsafeRawPointer, into row: inout [Float]) {
        let factor = 1 / Float(divisor)
        row.withUnsafeMutableBufferPointer { row in
            func copy<Sample: BinaryInteger>(_ type: Sample.Type) {
                let samples = source.assumingMemoryBound(to: type)
                for index in row.indices { row[index] = Float(samples[index]) * factor }
            }
            switch type {
            case .uint8: copy(UInt8.self)
            case .uint16: copy(UInt16.self)
            case .int16: copy(Int16.self)
            case .int32: copy(Int32.self)
            case .float32:
                let samples = source.assumingMemoryBound(to: Float.self)
                for index in row.indices { row[index] = samples[index] * factor }
            }
        }
    }
}
