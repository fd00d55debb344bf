# One static library an instruction set: gyp has no flags per file, and only these files may be built with wide ones
# (see src/cpp/isa/table.h for the rule that keeps their code out of the rest).
{
  'variables': {
    'shared_sources': [
      'src/cpp/binding/args.cc',
      'src/cpp/binding/forward.cc',
      'src/cpp/binding/gradients.cc',
      'src/cpp/binding/module.cc',
      'src/cpp/binding/optimiser.cc',
      'src/cpp/binding/prepare.cc',
      'src/cpp/binding/shapes.cc',
      'src/cpp/ops/attention/attention.cc',
      'src/cpp/ops/bh4/bh4.cc',
      'src/cpp/ops/elementwise/elementwise.cc',
      'src/cpp/ops/gather/gather.cc',
      'src/cpp/ops/hadamard/hadamard.cc',
      'src/cpp/ops/layer_norm/layer_norm.cc',
      'src/cpp/ops/linear/linear.cc',
      'src/cpp/ops/lookup_ffn/lookup_ffn.cc',
      'src/cpp/ops/optimiser/optimiser.cc',
      'src/cpp/ops/read/read.cc',
      'src/cpp/ops/softmax/softmax.cc',
      'src/cpp/runtime/cpus.cc',
      'src/cpp/runtime/isa.cc',
      'src/cpp/runtime/pool.cc',
      'src/cpp/runtime/workspace.cc',
    ],
  },
  'target_defaults': {
    'defines': ['NAPI_VERSION=8'],
    'include_dirs': ['<!(node -p "require(\'node-api-headers\').include_dir")'],
    'cflags': ['-fPIC', '-fvisibility=hidden', '-Wall', '-Wextra'],
    'cflags_cc!': ['-std=gnu++17', '-std=gnu++1y', '-fno-exceptions', '-fno-rtti', '-O2'],
    # Fused multiply-adds stand where the code says so and nowhere else: a compiler that contracts one copy of a loop and
    # not another would make a row's last bit depend on its place.
    'cflags_cc': ['-std=c++20', '-O3', '-fno-math-errno', '-ffp-contract=off'],
    'xcode_settings': {
      'CLANG_CXX_LANGUAGE_STANDARD': 'c++20',
      'GCC_OPTIMIZATION_LEVEL': '3',
      'OTHER_CPLUSPLUSFLAGS': ['-ffp-contract=off'],
      'GCC_ENABLE_CPP_EXCEPTIONS': 'YES',
      'GCC_SYMBOLS_PRIVATE_EXTERN': 'YES',
      'MACOSX_DEPLOYMENT_TARGET': '11.0',
    },
    'msvs_settings': {
      'VCCLCompilerTool': { 'AdditionalOptions': ['/std:c++20', '/O2'], 'ExceptionHandling': 1 },
    },
  },
  'targets': [
    {
      'target_name': 'kernels_scalar',
      'type': 'static_library',
      'sources': ['src/cpp/isa/scalar.cc'],
      'cflags_cc': ['-fno-exceptions'],
    },
    {
      'target_name': 'lookupffn_native',
      'dependencies': ['kernels_scalar'],
      'sources': ['<@(shared_sources)'],
      'conditions': [
        ['target_arch=="x64"', { 'dependencies': ['kernels_avx2', 'kernels_avx512'] }],
        ['OS=="linux"', { 'libraries': ['-ldl', '-lpthread'] }],
      ],
    },
  ],
  'conditions': [
    ['target_arch=="x64"', {
      'targets': [
        {
          'target_name': 'kernels_avx2',
          'type': 'static_library',
          'sources': ['src/cpp/isa/avx2.cc'],
          'cflags_cc': ['-fno-exceptions', '-mavx2', '-mfma'],
          'xcode_settings': { 'OTHER_CPLUSPLUSFLAGS': ['-ffp-contract=off', '-mavx2', '-mfma'] },
          'msvs_settings': { 'VCCLCompilerTool': { 'AdditionalOptions': ['/arch:AVX2'] } },
        },
        {
          'target_name': 'kernels_avx512',
          'type': 'static_library',
          'sources': ['src/cpp/isa/avx512.cc'],
          # gcc 12 takes its own undefined-value intrinsics for uninitialised variables.
          'cflags_cc': ['-fno-exceptions', '-mavx2', '-mfma', '-mavx512f', '-mavx512bw', '-mavx512dq', '-mavx512vl',
                        '-mprefer-vector-width=512', '-Wno-maybe-uninitialized', '-Wno-uninitialized'],
          'xcode_settings': { 'OTHER_CPLUSPLUSFLAGS': ['-ffp-contract=off', '-mavx2', '-mfma', '-mavx512f', '-mavx512bw', '-mavx512dq', '-mavx512vl'] },
          'msvs_settings': { 'VCCLCompilerTool': { 'AdditionalOptions': ['/arch:AVX512'] } },
        },
      ],
    }],
  ],
}
