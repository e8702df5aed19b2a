import Codecs
import Dataflow
import Glibc
import Inference
import ONNX
import Operations
import Raster
import Specification
import SystemPackage

/// The input of a golden pair.
enum GoldenInput {
    /// The elements of the network's input, which no preparation changes.
    case elements([Float])
    case picture(GoldenPicture)

    /// Why it cannot be used.
    struct Fault: Error { let text: String }

    /// Reads a picture, or an array in NumPy's format, which its first bytes tell.
    init(_ path: PathBytes, shape: [Int]) throws(Fault) {
        do {
            let file = FilePath(path)
            let bytes = try Self.head(path)
            guard bytes.first == 0x93 else {
                self = .picture(try GoldenPicture(path))
                return
            }
            let tensor = try NumpyFile.read(file)
            if tensor.element == .uint8, let picture = GoldenPicture(tensor) {
                self = .picture(picture)
            } else if tensor.shape == shape {
                self = .elements(tensor.doubles.map { Float($0) })
            } else {
                throw Fault(
                    text: "the array is \(tensor.type); it has to be uint8 [H, W] or [H, W, 3], a picture, "
                        + "or \(shape), the network's input")
            }
        } catch let fault as Fault {
            throw fault
        } catch let error as CodecError {
            throw Fault(text: error.message)
        } catch {
            throw Fault(text: "\(error)")
        }
    }

    private static func head(_ path: PathBytes) throws(Fault) -> [UInt8] {
        let descriptor = path.withCString { open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) }
        guard descriptor >= 0 else { throw Fault(text: "\(path): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 6)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        return Array(bytes[..<max(0, count)])
    }
}

/// A picture in memory, as a decoder gives it.
struct GoldenPicture {
    private var samples: [UInt8]
    private let format: FieldFormat
    private let orientation: Int

    init(_ path: PathBytes) throws {
        let descriptor = path.withCString { open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) }
        guard descriptor >= 0 else { throw CodecError.io(operation: "open", errno: errno) }
        defer { close(descriptor) }
        let decoder = try ImageDecoder(descriptor: descriptor)
        let decoded = try decoder.start()
        format = FieldFormat(size: decoded.size, layout: decoded.layout, decoded: decoded.sampleType)
        orientation = decoder.header.orientation
        // Vector loads may reach past the end of a row.
        samples = [UInt8](repeating: 0, count: decoded.bytesPerRow * decoded.size.height + 256)
        try samples.withUnsafeMutableBytes {
            try decoder.read(rows: decoded.size.height, into: $0.baseAddress!, bytesPerRow: decoded.bytesPerRow)
        }
        try decoder.finish()
    }

    /// Nil for an array that is no picture.
    init?(_ tensor: Tensor) {
        let shape = tensor.shape
        guard shape.count == 2 || (shape.count == 3 && (shape[2] == 3 || shape[2] == 1)), tensor.count > 0 else {
            return nil
        }
        format = FieldFormat(
            size: ImageSize(width: shape[1], height: shape[0]),
            layout: shape.last == 3 && shape.count == 3 ? .rgb : .gray,
            decoded: .uint8)
        orientation = 1
        samples = tensor.array(of: UInt8.self) + [UInt8](repeating: 0, count: 256)
    }

    /// The elements of a network's input that a card makes of the picture.
    func elements(_ network: PictureNetwork, _ card: ModelCard.Input, _ packing: InputPacking) throws -> [Float] {
        var samples = samples
        return try samples.withUnsafeMutableBytes { bytes in
            var graph = Dataflow.Graph()
            let picture = graph.oriented(graph.source(format), exif: orientation)
            let geometry = InputGeometry(graph.format(of: picture).size, to: network.size, card)
            let input = graph.networkInput(
                picture, geometry, card, isGray: packing.channels == .gray, LoweringContext(stepKey: "golden"))
            graph.add(InputCapture(packing: packing, format: graph.format(of: input)), [input])
            let context = RunContext()
            let window = RowWindow(
                base: bytes.baseAddress!, bytesPerRow: format.bytesPerRow, capacity: format.size.height)
            try graph.run(sources: [.memory(window)], sinks: [], context: context)
            return context.findings.first?.value as? [Float] ?? []
        }
    }
}

/// Hands out the elements of a network's input.
private struct InputCapture: FieldReader {
    let packing: InputPacking
    let format: FieldFormat
    var summary: String { "input" }

    func read(_ inputs: [RowWindow], context: RunContext) {
        context.report(packing.elements(of: inputs[0], format), key: "golden")
    }
}
