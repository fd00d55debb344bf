// The functions that one engine offers to JavaScript, by group.
#pragma once
#include <node_api.h>

#include "../runtime/engine.h"

namespace lffn {

// A name and a native function whose data pointer is the engine.
void add_function(napi_env env, napi_value object, const char* name, napi_callback callback, const Engine* engine);

void add_forward(napi_env env, napi_value object, const Engine* engine);
void add_gradients(napi_env env, napi_value object, const Engine* engine);
void add_optimiser(napi_env env, napi_value object, const Engine* engine);
void add_prepare(napi_env env, napi_value object, const Engine* engine);
void add_roofline(napi_env env, napi_value object, const Engine* engine);
void add_memory(napi_env env, napi_value object);

}  // namespace lffn
