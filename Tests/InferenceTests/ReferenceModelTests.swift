import Glibc
import ONNX
import SystemPackage
import Testing

@testable import Inference

@Suite("Real networks give the reference's outputs")
struct ReferenceModelTests {
    struct Reference {
        var inputs: [String: Tensor]
        var outputs: [(name: String, tensor: Tensor)]
    }

    static let names = [
        "mnist_opt", "tiny_darknet", "yunet_n_320", "ultraface_rfb_320", "selfie_segmentation", "yolox_nano",
        "deeplabv3_mnv2_dm05_pascal_513", "multistyle26", "fast_style_udnie", "realesr_animevideov3_x4",
    ]

    /// Reads the lists of names and files out of a reference's description.
    static func reference(_ name: String, in folder: FilePath) throws -> Reference {
        let text = String(decoding: TestFolders.bytes(folder.appending("\(name).json")) ?? [], as: UTF8.self)
        func strings(_ key: String) -> [String] {
            text.split(separator: "\"\(key)\": \"").dropFirst().map { String($0.prefix { $0 != "\"" }) }
        }
        let files = zip(strings("name"), strings("file"))
        var result = Reference(inputs: [:], outputs: [])
        for (value, file) in files {
            let tensor = try TestFolders.tensor(npy: folder.appending(file))
            if file.contains(".in") { result.inputs[value] = tensor } else { result.outputs.append((value, tensor)) }
        }
        return result
    }

    /// Those that take a moment, once for each way of computing convolutions.
    static let forced = ["mnist_opt", "tiny_darknet", "yunet_n_320", "ultraface_rfb_320", "selfie_segmentation"].flatMap
    {
        name in ConvolutionAlgorithm.allCases.map { (name, $0) }
    }

    @Test(arguments: forced) func anyWayOfConvolvingIsWithinTolerance(
        name: String, algorithm: ConvolutionAlgorithm
    ) throws {
        var options = Network.Options()
        options.convolutions = algorithm
        try expectReference(name, options)
    }

    @Test(arguments: names) func outputsAreWithinTolerance(name: String) throws {
        try expectReference(name, Network.Options())
    }

    private func expectReference(_ name: String, _ options: Network.Options) throws {
        guard let folder = TestFolders.shared?.appending("models") else {
            print("skipped: there is no folder of models")
            return
        }
        let reference = try Self.reference(name, in: folder.appending("reference"))
        let network = try Network(try Model.read(folder.appending("\(name).onnx")), options: options)
        let outputs = try network.run(reference.inputs)
        for (output, expected) in reference.outputs {
            let found = try #require(outputs[output])
            #expect(found.type == expected.type)
            let a = found.doubles, b = expected.doubles
            if found.element.isInteger {
                let equal = zip(a, b).count { $0 == $1 }
                #expect(Double(equal) >= 0.999 * Double(b.count), "\(equal) of \(b.count) equal")
            } else {
                let largest = b.reduce(0) { max($0, abs($1)) }
                let difference = zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) }
                #expect(difference <= 2e-3 * largest, "\(output): \(difference) of \(largest)")
                print("\(name) \(output): \(difference / largest)")
            }
        }
    }
}
