import Raster

/// Some rows of a PNG on their way into the file: collected, filtered, deflated.
///
/// Strips are independent of each other but for the row above the first, so that they can be worked on at once; their
/// streams follow one another in one zlib stream. Matches do not reach from one strip into another.
final class PNGStrip: @unchecked Sendable {
    // One index of a parallel loop works on a strip, and nobody else does meanwhile.

    /// How rows become bytes of the file.
    struct Plan: Sendable {
        let rowBytes: Int
        let bytesPerPixel: Int
        let filters: PNGFilters
        let level: Int
        let stripBytes: Int
        /// Samples of fewer than 8 bits.
        let packing: LevelPacking?

        var rowsPerStrip: Int { max(1, stripBytes / (rowBytes + 1)) }
    }

    private let plan: Plan
    private let deflater: Deflater
    /// The row above the first, then the rows.
    private let samples: UnsafeMutablePointer<UInt8>
    private let filtered: UnsafeMutablePointer<UInt8>
    private let output: UnsafeMutablePointer<UInt8>
    private let outputCapacity: Int
    private(set) var rows = 0
    private(set) var outputCount = 0

    /// Nil when memory is short.
    init?(_ plan: Plan) {
        guard let deflater = Deflater(level: plan.level) else { return nil }
        self.plan = plan
        self.deflater = deflater
        samples = .allocate(capacity: plan.rowBytes * (plan.rowsPerStrip + 1))
        filtered = .allocate(capacity: (plan.rowBytes + 1) * plan.rowsPerStrip)
        outputCapacity = deflater.bound((plan.rowBytes + 1) * plan.rowsPerStrip)
        output = .allocate(capacity: outputCapacity)
    }

    deinit {
        samples.deallocate()
        filtered.deallocate()
        output.deallocate()
    }

    var isFull: Bool { rows == plan.rowsPerStrip }

    /// The filtered bytes, for the checksum of the zlib stream.
    var filteredBytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: filtered, count: rows * (plan.rowBytes + 1))
    }

    /// The deflated bytes; not the end of the stream unless `deflate` was told so.
    var outputBytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: output, count: outputCount) }

    /// Empties the strip. `above` is the strip before, which may be this one; nil at the top of the picture.
    func begin(after above: PNGStrip?) {
        if let above {
            samples.update(from: above.row(above.rows - 1), count: plan.rowBytes)
        } else {
            samples.update(repeating: 0, count: plan.rowBytes)
        }
        rows = 0
    }

    private func row(_ index: Int) -> UnsafeMutablePointer<UInt8> { samples + (index + 1) * plan.rowBytes }

    /// Takes one row; samples of 16 bits become big-endian, those of fewer than 8 are packed.
    func append(_ source: UnsafeRawPointer, _ picture: DecodedFormat) {
        let target = row(rows)
        if let packing = plan.packing {
            packing.pack(source.assumingMemoryBound(to: UInt8.self), width: picture.size.width, to: target)
        } else if picture.sampleType == .uint16 {
            let raw = UnsafeMutableRawPointer(target)
            for offset in stride(from: 0, to: plan.rowBytes, by: 2) {
                let sample = source.loadUnaligned(fromByteOffset: offset, as: UInt16.self)
                raw.storeBytes(of: sample.bigEndian, toByteOffset: offset, as: UInt16.self)
            }
        } else {
            target.update(from: source.assumingMemoryBound(to: UInt8.self), count: plan.rowBytes)
        }
        rows += 1
    }

    /// Filters and deflates the rows. `outputBytes` are empty when libdeflate, which has room for any input, fails.
    func deflate(isLast: Bool) {
        for index in 0..<rows { filter(index) }
        outputCount = deflater.deflate(
            filtered, count: rows * (plan.rowBytes + 1), to: output, capacity: outputCapacity, isLast: isLast)
    }

    private func filter(_ index: Int) {
        let target = filtered + index * (plan.rowBytes + 1)
        let (row, above) = (row(index), row(index - 1))
        let filter =
            plan.filters.only
            ?? .cheapest(row, above: above, count: plan.rowBytes, bytesPerPixel: plan.bytesPerPixel)
        target[0] = filter.rawValue
        filter.apply(row, above: above, to: target + 1, count: plan.rowBytes, bytesPerPixel: plan.bytesPerPixel)
    }
}

extension PNGFilters {
    /// The one filter to use; nil for a choice.
    fileprivate var only: RowFilter? {
        switch self {
        case .adaptive: nil
        case .none: RowFilter.none
        case .sub: .sub
        case .up: .up
        case .average: .average
        case .paeth: .paeth
        }
    }
}
