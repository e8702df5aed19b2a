import Raster

/// A convolution of bytes by pair taps, in groups whose sums fit 16 bits each.
public struct PairConvolution: Sendable {
    public let groups: [[PairTap]]

    public init(groups: [[PairTap]]) { self.groups = groups }

    private static let piece = 512

    public static let scratchByteCount = piece * 6 + 128

    /// Computes a batch of rows; `batch.rows` points at pair rows.
    ///
    /// - `storedType`: of the sums: 16 bits for one group, 32 bits for any number of them.
    public func compute(_ batch: ConvolutionBatch, storedType: SampleType, scratch: UnsafeMutableRawPointer) {
        let sums = scratch
        let partial = (scratch + Self.piece * 4 + 64).assumingMemoryBound(to: Int16.self)
        let sampleBytes = storedType.byteCount
        withUnsafeTemporaryAllocation(of: UnsafePointer<UInt8>.self, capacity: batch.windowRows) { shifted in
            let rows = UnsafePointer(shifted.baseAddress!)
            var x = 0
            while x < batch.count {
                let length = min(Self.piece, batch.count - x)
                for row in 0..<batch.rowCount {
                    for i in 0..<batch.windowRows {
                        shifted[i] = batch.rows[row * batch.windowRows + i].assumingMemoryBound(to: UInt8.self) + 2 * x
                    }
                    let target = batch.quantizer == nil ? batch.outputs[row] + x * sampleBytes : sums
                    if storedType.byteCount == 2 {
                        // Sums that leave in 16 bits are one group.
                        groups[0].withUnsafeBufferPointer {
                            convolvePairs(rows, $0, target.assumingMemoryBound(to: Int16.self), count: length)
                        }
                    } else {
                        for (index, group) in groups.enumerated() {
                            group.withUnsafeBufferPointer { convolvePairs(rows, $0, partial, count: length) }
                            accumulate(
                                partial, into: target.assumingMemoryBound(to: Int32.self), isFirst: index == 0,
                                count: length)
                        }
                    }
                    batch.finish(target, row: row, at: x, length, storedType)
                }
                x += length
            }
        }
    }
}
