import NetworkKernels

/// A product with a constant right matrix, which is packed once: `y = f(scale · x · B + bias)`.
struct PackedProduct: Computation {
    private let depth: Int
    private let columns: Int
    private let packed: TensorStorage
    private let bias: PaddedChannels?
    private let function: UnaryFunction?

    /// - Parameters:
    ///   - isTransposed: the constant is `[columns, depth]`.
    ///   - columnScale: for each column of the constant; of one that is not transposed.
    init(
        _ right: Tensor, isTransposed: Bool, scale: Float, columnScale: [Float]? = nil, bias: [Float]?,
        function: UnaryFunction? = nil, key: String?, _ cache: PackedWeights
    ) {
        let depth = right.shape[isTransposed ? 1 : 0], columns = right.shape[isTransposed ? 0 : 1]
        self.depth = depth
        self.columns = columns
        self.bias = bias.map { PaddedChannels($0) }
        self.function = function
        let count = MatrixProduct.packedCount(depth: depth, columns: columns)
        packed = cache.storage(key, count: count) { packed in
            let scaled = columnScale.map { right.scaled(columns: $0) } ?? right
            scaled.withElements(of: Float.self) { elements in
                MatrixProduct.pack(
                    elements.baseAddress!, rowStride: isTransposed ? 1 : columns,
                    columnStride: isTransposed ? depth : 1, depth: depth, columns: columns, to: packed)
            }
            if scale != 1 { loops.affine(packed, to: packed, count: count, scale: scale, shift: 0) }
        }
    }

    func multiplicationCount(inputs: [TensorType?], outputs: [TensorType?]) -> Int {
        (outputs[0]?.count ?? 0) * depth
    }

    func run(_ run: LayerRun) {
        let input = run.input(0), output = run.output()
        guard output.count > 0 else { return }
        let source = input.floats.baseAddress!, target = output.floats.baseAddress!
        let product = PiecewiseProduct(rows: output.count / columns, depth: depth, columns: columns)
        let finish = function.map { function in
            { (y: UnsafeMutablePointer<Float>, columns: Range<Int>) in
                loops.apply(function, y, to: y, count: columns.count)
            }
        }
        run.workers.forEach(product.count) { piece in
            product.run(
                piece, source, rowStride: depth, columnStride: 1, packed: packed.floats, bias: bias?.pointer,
                to: target, finish: finish)
        }
    }
}

extension Tensor {
    /// Each column of a matrix times its factor.
    fileprivate func scaled(columns factors: [Float]) -> Tensor {
        Tensor(type) { view in
            withElements(of: Float.self) { elements in
                for index in elements.indices { view.floats[index] = elements[index] * factors[index % factors.count] }
            }
        }
    }
}
