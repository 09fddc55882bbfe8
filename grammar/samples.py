"""The right programs that the pages of codes.py put wrong, one piece at a time. Each checks clean. And what a file of one's
own begins from, where nothing else is asked for."""

BEGINNINGS = {"program": "wan_finetune", "method": "finetune", "family": "mini"}
"""By kind, a file that comes with fdc."""

METHOD = """\
method fit(student) {
  update student {
    x0 = student.clean(batch)
    t ~ uniform(0, 1)
    eps ~ noise[student]
    xt = student.noisy(x0, eps, t)
    loss flow = mse(student.predict(xt, t, student.cond(batch)), student.target(x0, eps, t))
  }
}
"""

PROGRAM = """\
import wan
import finetune

program p {
  sizes { F = 81, H = 480, W = 832 }
  role student = wan.t2v_1_3b("checkpoints/wan") { train = full }
  data clips = folder("data/clips") { prompt: str, video: pixels[b, 3, F, H, W] }
  use finetune(student)
  optimize student = adamw(lr = 1e-5)
  train { steps = 1000, batch = 8 }
}
"""

PICTURES = """\
import sdxl

program pictures {
  sizes { H = 1024, W = 1024 }
  role model = sdxl.base("checkpoints/sdxl")
  data prompts = lines("data/prompts.txt") { prompt: str }
  produce pictures = model.sample(batch, steps = 20) to sheet("out/pictures") { fields = [image], count = 4, batch = 4 }
}
"""

SCORES = """\
method scores(student, teacher, critic) {
  graph generate(batch) {
    z ~ noise[student]
    return student.x0(z, sigmas([1.0])[0], student.cond(batch))
  }

  update critic {
    x0 = stop(generate(batch))
    t ~ uniform(0.02, 0.98)
    eps ~ noise[critic]
    xt = critic.noisy(x0, eps, t)
    loss flow = mse(critic.x0(xt, t, critic.cond(batch)), x0)
  }

  update student {
    x0 = generate(batch)
    t ~ uniform(0.02, 0.98)
    eps ~ noise[student]
    xt = student.noisy(stop(x0), eps, t)
    fake = critic.x0(xt, t, critic.cond(batch))
    real = teacher.x0(xt, t, teacher.cond(batch))
    loss move = mse(x0, stop(x0 - (fake - real)))
  }
}
"""

TAUGHT = """\
method taught(student, teacher) {
  update student {
    x0 = student.clean(batch)
    t ~ uniform(0.5, 0.9)
    r ~ uniform(0.1, 0.5)
    eps ~ noise[student]
    c = student.cond(batch)
    xt = student.noisy(x0, eps, t)
    xr = student.noisy(x0, eps, r)
    loss same = mse(student.x0(xt, t, c), stop(student.x0(xr, r, c)))
    loss near = mse(student.x0(xt, t, c), teacher.x0(xt, t, teacher.cond(batch)))
  }
}
"""

REWARD = """\
import wan

family rewards {
  component net = python.Taste
  stage likes : head(video: pixels[b, 3, F, H, W]) -> score by net(video = video)
}

program p {
  sizes { F = 17, H = 128, W = 128 }
  role student = wan.t2v_1_3b("checkpoints/wan") { train = full }
  role judge = rewards("checkpoints/judge")
  data clips = folder("data/clips") { prompt: str, video: pixels[b, 3, F, H, W] }
  update student {
    z ~ noise[student]
    x0 = student.x0(z, sigmas([1.0])[0], student.cond(batch))
    loss reward = -0.1*mean(judge.likes(student.decode(x0)))
  }
  optimize student = adamw(lr = 1e-5)
  train { steps = 1000, batch = 8 }
}
"""

# The update stands in the program, so what Wan predicts is known.
WRITTEN_OUT = """\
import wan

program p {
  sizes { F = 81, H = 480, W = 832 }
  role student = wan.t2v_1_3b("checkpoints/wan") { train = full }
  data clips = folder("data/clips") { prompt: str, video: pixels[b, 3, F, H, W] }
  update student {
    x0 = student.clean(batch)
    t ~ uniform(0, 1)
    eps ~ noise[student]
    xt = student.noisy(x0, eps, t)
    loss flow = mse(student.predict(xt, t, student.cond(batch)), eps - x0)
  }
  optimize student = adamw(lr = 1e-5)
  train { steps = 1000, batch = 8 }
}
"""

ROLLOUT = """\
import wan

program p {
  sizes { F = 81, H = 480, W = 832 }
  role student = wan.t2v_1_3b("checkpoints/wan") { train = full }
  data clips = folder("data/clips") { prompt: str, video: pixels[b, 3, F, H, W] }
  param steps: [time] = ticks([1000, 500])
  update student {
    c = student.cond(batch)
    k ~ pick(0 .. len(steps)) per step
    x ~ noise[student]
    for i in 0 .. k {
      x0 = stop(student.x0(x, steps[i], c))
      eps ~ noise[student]
      x = student.noisy(x0, eps, steps[i + 1])
    }
    loss last = mse(student.x0(x, steps[k], c), average(student).x0(x, steps[k], c))
  }
  optimize student = adamw(lr = 1e-5)
  train { steps = 1000, batch = 8 }
}
"""

# Two families that share Wan's latent space.
RELATIVES = """\
import wan
import wan { wan21 }

family kin {
  sizes { F = 4*k + 1, H = 16*m, W = 16*n }
  component net = diffusers.WanTransformer3DModel { trainable }
  component vae = diffusers.AutoencoderKLWan
  process flow { noisy = (1 - s)*x0 + s*eps, predict = eps - x0, ticks = 1000*s }
  record text { embeds: bf16[b, 512, 4096] { pad = zero } }
  stage encode_text : encode(prompt: str[b]) -> text by python(encode_text)
  stage encode_video : encode(video: pixels[b, 3, F, H, W]) -> clean[wan21] by vae.encode(x = video)
  stage denoise : denoise(x: noisy[wan21], t: time[b], c: text) -> predict[wan21]
    by net(hidden_states = x, timestep = t.ticks, encoder_hidden_states = c.embeds)
  stage decode_video : decode(x0: clean[wan21]) -> pixels[b, 3, F, H, W] by vae.decode(z = x0)
  graph cond(batch) { return encode_text(batch.prompt) }
  graph uncond(batch) { return encode_text("") }
  graph clean(batch) { return encode_video(batch.video) }
  graph sample(batch) { return decode_video(clean(batch)) }
}

program p {
  sizes { F = 81, H = 480, W = 832 }
  role student = wan.t2v_1_3b("checkpoints/wan") { train = full }
  role teacher = kin("checkpoints/kin")
  data clips = folder("data/clips") { prompt: str, video: pixels[b, 3, F, H, W] }
  update student {
    c = student.cond(batch)
    t ~ uniform(0, 1)
    eps ~ noise[student]
    xt = student.noisy(student.clean(batch), eps, t)
    loss distil = mse(student.x0(xt, t, c), teacher.x0(xt, t, c))
  }
  optimize student = adamw(lr = 1e-5)
  train { steps = 1000, batch = 8 }
}
"""

FAMILY = """\
family small {
  sizes { H = 8*m, W = 8*n }
  component net = diffusers.UNet2DConditionModel { trainable }
  component vae = diffusers.AutoencoderKL
  space image = bf16[b, 4, h = H/8, w = W/8] from vae { normalize = z * vae.config.scaling_factor }
  process flow { noisy = (1 - s)*x0 + s*eps, predict = eps - x0, ticks = 1000*s }
  record text { embeds: bf16[b, 77, 768] { pad = attend } }
  stage encode_text : encode(prompt: str[b]) -> text by python(encode_text)
  stage encode_image : encode(image: pixels[b, 3, H, W]) -> clean[image] by vae.encode(x = image)
  stage denoise : denoise(x: noisy[image], t: time[b], c: text) -> predict[image]
    by net(sample = x, timestep = t.ticks, encoder_hidden_states = c.embeds)
  stage decode_image : decode(x0: clean[image]) -> pixels[b, 3, H, W] by vae.decode(z = x0)
  graph cond(batch) { return encode_text(batch.prompt) }
  graph uncond(batch) { return encode_text("") }
  graph clean(batch) { return encode_image(batch.image) }
  graph sample(batch) { return decode_image(clean(batch)) }
}
"""

# One program writes latents, the next trains on them.
STORED = """\
import wan
import finetune

program encode {
  sizes { F = 81, H = 480, W = 832 }
  role teacher = wan.t2v_1_3b("checkpoints/wan")
  data clips = folder("data/clips") { prompt: str, video: pixels[b, 3, F, H, W] }
  graph pairs(batch) {
    start ~ noise[teacher]
    return (teacher.clean(batch), start)
  }
  produce pairs = pairs(batch) to shards("out/pairs") { fields = [clean, start], count = 1000 }
}

program p {
  sizes { F = 81, H = 480, W = 832 }
  role student = wan.t2v_1_3b("checkpoints/wan") { train = full }
  data pairs = shards("out/pairs") { prompt: str, clean: clean[student] }
  use finetune(student)
  optimize student = adamw(lr = 1e-5)
  train { steps = 1000, batch = 8 }
}
"""
