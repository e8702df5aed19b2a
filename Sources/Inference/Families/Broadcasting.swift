/// ONNX's multidirectional broadcasting: shapes aligned at their last axes, sizes equal or 1.
func broadcast(_ shapes: [[Int]]) throws(LayerError) -> [Int] {
    let rank = shapes.map(\.count).max() ?? 0
    var result = [Int](repeating: 1, count: rank)
    for shape in shapes {
        for (axis, size) in zip(rank - shape.count..<rank, shape) where size != 1 {
            guard result[axis] == 1 || result[axis] == size else {
                throw .shape("shapes \(shapes.map(\.description).joined(separator: " and ")) do not broadcast")
            }
            result[axis] = size
        }
    }
    return result
}

/// A walk over a broadcast result row by row, with the place of each input's row.
///
/// Neighbouring axes along which every input behaves alike are merged, so rows are as long as they can be.
struct BroadcastRows {
    let rowLength: Int
    /// For each input 1, or 0 where one element serves the whole row.
    let steps: [Int]
    let rowCount: Int
    private let sizes: [Int]
    private let strides: [[Int]]

    /// - Precondition: `shapes` broadcast to `output`.
    init(_ shapes: [[Int]], to output: [Int]) {
        var sizes: [Int] = []
        var strides = shapes.map { _ in [Int]() }
        var running = shapes.map { _ in 1 }
        for axis in output.indices.reversed() {
            let size = output[axis]
            var stride: [Int] = []
            for (index, shape) in shapes.enumerated() {
                let own = axis - output.count + shape.count
                let extent = own >= 0 ? shape[own] : 1
                stride.append(extent == 1 ? 0 : running[index])
                running[index] *= extent
            }
            if size == 1 { continue }
            if let inner = sizes.last, strides.indices.allSatisfy({ stride[$0] == strides[$0].last! * inner }) {
                sizes[sizes.count - 1] = inner * size
            } else {
                sizes.append(size)
                for index in strides.indices { strides[index].append(stride[index]) }
            }
        }
        rowLength = sizes.first ?? 1
        steps = strides.map { $0.first ?? 0 }
        self.sizes = Array(sizes.dropFirst())
        self.strides = strides.map { Array($0.dropFirst()) }
        rowCount = self.sizes.reduce(1, *)
    }

    /// Where an input's row begins.
    func offset(ofRow row: Int, input: Int) -> Int {
        var rest = row
        var offset = 0
        for axis in sizes.indices {
            offset += rest % sizes[axis] * strides[input][axis]
            rest /= sizes[axis]
        }
        return offset
    }
}

/// Work below this many elements is not worth spreading over threads.
let parallelThreshold = 32_768
