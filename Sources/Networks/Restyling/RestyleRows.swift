import Dataflow
import Inference
import Operations
import Raster

/// Runs a network that makes pictures of pictures over the whole of one, tile by tile.
struct RestyleRows: RowOperator {
    let network: PictureNetwork
    let input: FieldFormat
    let output: FieldFormat
    let rows: Tiling
    let columns: Tiling
    /// Output elements for each of the input.
    let scale: Int
    /// Inputs besides the picture.
    let constants: [String: Tensor]
    /// For each channel of the output in the picture's order: `sample = y · factor + offset`.
    let factors: [Float]
    let offsets: [Float]
    let key: String
    let summary: String
    private let runBytes: Int
    private let bytesPerThread: Int

    /// - Throws: where the network cannot be run on such tiles within its memory.
    init(
        _ network: PictureNetwork, input: FieldFormat, output: FieldFormat, rows: Tiling, columns: Tiling, scale: Int,
        constants: [String: Tensor], factors: [Float], offsets: [Float], key: String, note: String
    ) throws(OperationError) {
        self.network = network
        self.input = input
        self.output = output
        self.rows = rows
        self.columns = columns
        self.scale = scale
        self.constants = constants
        self.factors = factors
        self.offsets = offsets
        self.key = key
        do {
            var types = constants.mapValues(\.type)
            types[network.inputName] = try network.packing.type(
                ImageSize(width: columns.length, height: rows.length))
            let plan = try network.network.plan(for: types)
            bytesPerThread = plan.pieceByteCount
            runBytes = plan.peakByteCount - plan.pieceByteCount
        } catch {
            throw OperationError("network", "\(error)", hint: "set tile to less, or resize the picture before it")
        }
        let count = rows.tiles.count * columns.tiles.count
        summary =
            "\(network.network.file) on "
            + (count == 1 ? "the whole" : "\(count) tiles of \(columns.length)×\(rows.length)") + "\(note), float32"
    }

    func access(_ input: Int) -> InputAccess { .whole }

    func preparationByteCount(width: Int) -> Int {
        let tile = rows.length * columns.length * network.packing.channelCount
        return runBytes + width * bytesPerThread + 4 * (2 * tile + output.size.height * output.samplesPerRow)
    }

    /// The samples of the result, filled tile by tile by one thread.
    private final class Canvas: @unchecked Sendable {
        // Sendable: written while it is prepared, only read after that.
        let samples: UnsafeMutablePointer<Float>

        init(_ count: Int) {
            samples = .allocate(capacity: count)
            samples.initialize(repeating: 0, count: count)
        }

        deinit { samples.deallocate() }
    }

    func prepare(_ inputs: [RowWindow], context: RunContext) throws -> (any Sendable)? {
        let canvas = Canvas(output.size.height * output.samplesPerRow)
        for down in rows.tiles {
            for across in columns.tiles {
                try context.checkCancellation()
                var given = constants
                let outputs: [String: Tensor]
                do throws(InferenceError) {
                    given[network.inputName] = try part(inputs[0], x: across.start, y: down.start)
                    outputs = try network.network.run(
                        given, workers: Workers(context.workers),
                        isCancelled: { (try? context.checkCancellation()) == nil })
                } catch {
                    // What stopped it says why.
                    try context.checkCancellation()
                    throw StepError(key, OperationError("network", error.description))
                }
                guard let result = outputs[network.outputName] else { continue }
                try copy(result, across, down, to: canvas.samples)
            }
        }
        return canvas
    }

    /// The elements of a tile; beyond the picture's end its last row and column go on.
    private func part(_ window: RowWindow, x: Int, y: Int) throws(InferenceError) -> Tensor {
        let size = ImageSize(width: columns.length, height: rows.length)
        let channels = input.channels
        var samples = [Float](repeating: 0, count: size.pixelCount * channels)
        for row in 0..<size.height {
            let from = window.row(min(y + row, input.size.height - 1), as: Float.self)
            for column in 0..<size.width {
                let source = min(x + column, input.size.width - 1) * channels
                for channel in 0..<channels {
                    samples[(row * size.width + column) * channels + channel] = from[source + channel]
                }
            }
        }
        var format = input
        format.size = size
        let elements = samples.withUnsafeMutableBufferPointer { buffer in
            network.packing.elements(
                of: RowWindow(
                    base: UnsafeMutableRawPointer(buffer.baseAddress!), bytesPerRow: format.bytesPerRow,
                    capacity: size.height), format)
        }
        do { return try network.packing.tensor(elements, size) } catch {
            throw .input(file: network.network.file, name: network.inputName, error.description)
        }
    }

    private func copy(
        _ result: Tensor, _ across: Tiling.Tile, _ down: Tiling.Tile, to canvas: UnsafeMutablePointer<Float>
    ) throws {
        let channels = output.channels
        let (width, height) = (columns.length * scale, rows.length * scale)
        guard result.count == width * height * channels else {
            throw StepError(
                key,
                OperationError(
                    "network",
                    "the network makes \(result.type) of a tile of \(columns.length)×\(rows.length); expected are "
                        + "\(channels) channels of \(width)×\(height)"))
        }
        let isPlanar = network.packing.layout == .nchw
        let order = network.packing.channels == .bgr && channels == 3 ? [2, 1, 0] : Array(0..<channels)
        let columnsKept = across.kept.lowerBound * scale..<min(across.kept.upperBound * scale, output.size.width)
        let rowsKept = down.kept.lowerBound * scale..<min(down.kept.upperBound * scale, output.size.height)
        result.withFloats { elements in
            for y in rowsKept {
                let row = y - down.start * scale
                let rowWeight = down.weight(y / scale)
                for x in columnsKept {
                    let column = x - across.start * scale
                    let weight = rowWeight * across.weight(x / scale)
                    for channel in 0..<channels {
                        let plane = order[channel]
                        let place =
                            isPlanar
                            ? (plane * height + row) * width + column : (row * width + column) * channels + plane
                        canvas[(y * output.size.width + x) * channels + channel] +=
                            weight * (elements[place] * factors[channel] + offsets[channel])
                    }
                }
            }
        }
    }

    func compute(_ rows: Range<Int>, _ inputs: [RowWindow], _ output: RowWindow, _ work: OperatorWork) {
        guard let canvas = work.prepared as? Canvas else { return }
        let count = self.output.samplesPerRow
        for y in rows { output.row(y, as: Float.self).update(from: canvas.samples + y * count, count: count) }
    }
}
