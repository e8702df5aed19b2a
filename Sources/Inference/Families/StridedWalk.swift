/// A walk over a row-major tensor with its axes in another order: the destination is written from start to end, the
/// source is read with steps.
struct StridedWalk {
    private let sizes: [Int]
    private let strides: [Int]
    let rowCount: Int
    let rowLength: Int
    let rowStep: Int

    /// - Parameter order: the source's axes as they come in the destination.
    init(shape: [Int], order: [Int]) {
        var sourceStrides = [Int](repeating: 1, count: shape.count)
        for axis in shape.indices.dropLast().reversed() {
            sourceStrides[axis] = sourceStrides[axis + 1] * shape[axis + 1]
        }
        self.init(sizes: order.map { shape[$0] }, strides: order.map { sourceStrides[$0] })
    }

    /// - Parameters:
    ///   - sizes: the destination's shape.
    ///   - strides: how far the source moves for one step along each of its axes.
    init(sizes: [Int], strides: [Int]) {
        // Axes are merged where the source moves on as if they were one.
        var mergedSizes: [Int] = []
        var mergedStrides: [Int] = []
        for (size, stride) in zip(sizes, strides) where size != 1 {
            if let last = mergedStrides.last, last == stride * size {
                mergedSizes[mergedSizes.count - 1] *= size
                mergedStrides[mergedStrides.count - 1] = stride
            } else {
                mergedSizes.append(size)
                mergedStrides.append(stride)
            }
        }
        rowLength = mergedSizes.popLast() ?? 1
        rowStep = mergedStrides.popLast() ?? 1
        self.sizes = mergedSizes
        self.strides = mergedStrides
        rowCount = mergedSizes.reduce(1, *)
    }

    /// How far the source moves from one row to the next within a run of rows.
    var runStep: Int { strides.last ?? 0 }

    /// Calls `body` for runs of neighbouring rows that begin at equal steps: the first row, where it begins in the
    /// source, and how many there are.
    func forEachRun(of rows: Range<Int>, _ body: (_ row: Int, _ offset: Int, _ count: Int) -> Void) {
        let run = sizes.last ?? 1
        var row = rows.lowerBound
        while row < rows.upperBound {
            let count = min(rows.upperBound - row, run - row % run)
            body(row, offset(ofRow: row), count)
            row += count
        }
    }

    /// Where a row begins in the source.
    func offset(ofRow row: Int) -> Int {
        var rest = row
        var offset = 0
        for axis in sizes.indices.reversed() {
            offset += rest % sizes[axis] * strides[axis]
            rest /= sizes[axis]
        }
        return offset
    }

    /// Calls `body` with a place in the destination, the matching place in the source, the source's step and the
    /// number of elements.
    func forEachRow(_ body: (_ place: Int, _ offset: Int, _ step: Int, _ count: Int) -> Void) {
        if rowLength == 0 { return }
        for row in 0..<rowCount { body(row * rowLength, offset(ofRow: row), rowStep, rowLength) }
    }
}

/// Copies elements of any type with a walk, starting at `base` elements into the source.
func copy(_ walk: StridedWalk, from source: TensorView, at base: Int = 0, to output: TensorView, workers: Workers) {
    let length = walk.rowLength, step = walk.rowStep
    if length == 0 { return }
    func copy<Element: BitwiseCopyable>(_: Element.Type) {
        let from = source.base.assumingMemoryBound(to: Element.self) + base
        let to = output.base.assumingMemoryBound(to: Element.self)
        workers.forEachRange(of: walk.rowCount, length: max(1, parallelThreshold / length)) { rows in
            walk.forEachRun(of: rows) { row, offset, count in
                var place = to + row * length, begin = from + offset
                // Where neighbouring rows begin side by side, a run of them is a matrix that is transposed.
                if MemoryLayout<Element>.stride == 4, walk.runStep == 1, step != 1, count >= 8, length >= 8 {
                    UnsafeRawPointer(begin).withMemoryRebound(to: Float.self, capacity: 1) { input in
                        UnsafeMutableRawPointer(place).withMemoryRebound(to: Float.self, capacity: 1) { out in
                            loops.transpose(input, row: step, rows: length, columns: count, to: out, row: length)
                        }
                    }
                    return
                }
                for _ in 0..<count {
                    if step == 1, length > 16 {
                        place.update(from: begin, count: length)
                    } else {
                        var source = begin
                        for k in 0..<length {
                            place[k] = source.pointee
                            source += step
                        }
                    }
                    place += length
                    begin += walk.runStep
                }
            }
        }
    }
    switch source.element.byteCount {
    case 8: copy(UInt64.self)
    case 4: copy(UInt32.self)
    default: copy(UInt8.self)
    }
}
